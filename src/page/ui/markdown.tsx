// The little Markdown that lessons are written in, as elements: paragraphs, headings, lists, code, bold, italics. Never as
// markup: what a text holds stays text.

import type { ComponentChild } from 'preact'

export function Markdown({ text }: { readonly text: string }) {
  return <>{blocksOf(text).map((block, index) => renderBlock(block, index))}</>
}

function blocksOf(text: string): readonly string[] {
  const blocks: string[] = []
  let code: string[] | undefined
  let current: string[] = []
  const flush = (): void => {
    if (current.length > 0) blocks.push(current.join('\n'))
    current = []
  }
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) {
      if (code === undefined) {
        flush()
        code = [line]
      } else {
        blocks.push(code.join('\n'))
        code = undefined
      }
    } else if (code !== undefined) code.push(line)
    else if (line.trim() === '') flush()
    else current.push(line)
  }
  if (code !== undefined) current.push(...code)
  flush()
  return blocks
}

function renderBlock(block: string, key: number): ComponentChild {
  if (block.startsWith('```')) return <pre key={key}>{block.split('\n').slice(1).join('\n')}</pre>
  if (block.startsWith('#')) return <h4 key={key}>{spans(block.replace(/^#+ */, ''))}</h4>
  const lines = block.split('\n')
  if (lines.every(line => /^( {2,}|[-*] )/.test(line)))
    return (
      <ul key={key}>
        {itemsOf(lines, /^[-*] /).map((item, index) => (
          <li key={index}>{spans(item)}</li>
        ))}
      </ul>
    )
  if (lines.every(line => /^( {2,}|\d+\. )/.test(line)))
    return (
      <ol key={key}>
        {itemsOf(lines, /^\d+\. /).map((item, index) => (
          <li key={index}>{spans(item)}</li>
        ))}
      </ol>
    )
  return <p key={key}>{spans(lines.join(' '))}</p>
}

function itemsOf(lines: readonly string[], start: RegExp): readonly string[] {
  const items: string[] = []
  for (const line of lines) {
    if (start.test(line) || items.length === 0) items.push(line.replace(start, ''))
    else items[items.length - 1] += ` ${line.trim()}`
  }
  return items
}

/** What stands between backquotes as code, and nothing else as anything: for texts that quote what somebody wrote. */
export function Coded({ text }: { readonly text: string }) {
  return (
    <>{text.split(/`([^`]+)`/).map((piece, index) => (index % 2 === 0 ? piece : <code key={index}>{piece}</code>))}</>
  )
}

function spans(text: string): readonly ComponentChild[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*)/).map((piece, index) => {
    if (piece.startsWith('`') && piece.length > 1) return <code key={index}>{piece.slice(1, -1)}</code>
    if (piece.startsWith('**') && piece.length > 4) return <strong key={index}>{piece.slice(2, -2)}</strong>
    if (piece.startsWith('*') && piece.length > 2) return <em key={index}>{piece.slice(1, -1)}</em>
    return piece
  })
}
