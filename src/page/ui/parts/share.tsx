// Share: a link that holds everything, the files, and the same thing as commands.

import { useEffect, useState } from 'preact/hooks'
import type { PageFile, PageInput } from '../../view.ts'
import { linkOf } from '../link.ts'
import { state } from '../store.ts'

/** Longer links are cut by some programs. */
const LONG_LINK = 8000

export function Share() {
  const { input, packet, endpoint, direction, ipVersion } = state.value
  const [link, setLink] = useState('')
  const [copied, setCopied] = useState('')
  useEffect(() => {
    void linkOf({ input, packet, endpoint, direction, ipVersion }).then(setLink)
  }, [input, packet, endpoint, direction, ipVersion])
  const copy = async (what: string, text: string): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setCopied(what)
  }
  const commands = commandsOf()
  return (
    <>
      <h3>Link</h3>
      <p class="quiet">
        Everything is in the link itself, behind the #: nothing is sent to a server. Whoever has the link has the YAML.
      </p>
      <textarea readOnly aria-label="Link" rows={3} value={link} />
      {link.length > LONG_LINK ? (
        <p class="quiet">{link.length} characters: some programs cut links that long. Save the files instead.</p>
      ) : null}
      <button type="button" onClick={() => void copy('link', link)}>
        Copy link
      </button>
      <h3>The same on the command line</h3>
      <pre tabIndex={0}>{commands}</pre>
      <button type="button" onClick={() => void copy('commands', commands)}>
        Copy as commands
      </button>
      <h3>Files</h3>
      <p class="save">
        {filesOf(input).map(({ name, text }) => (
          <button key={name} type="button" onClick={() => save(name, text)}>
            Save {name}
          </button>
        ))}
      </p>
      <p role="status">{copied === '' ? '' : `Copied: ${copied}.`}</p>
    </>
  )
}

/** Those that the commands ask for. */
function filesOf({ files, host }: PageInput): readonly PageFile[] {
  return host === '' ? files : [...files, { name: 'host.json', text: host }]
}

function commandsOf(): string {
  const { input, model, packetView } = state.value
  const files = input.files.map(({ name }) => `-f ${quote(name)}`).join(' ')
  const host = input.host === '' ? '' : ' --host host.json'
  const node = model === undefined ? '' : ` --node ${quote(model.node)}`
  const release = input.release === '' ? '' : ` --calico-version ${quote(input.release)}`
  const lines = [`calitables compile ${files}${node}${host}${release}`]
  if (packetView !== undefined && !('messages' in packetView))
    lines.push(packetView.command.replace('-f .', `${files}${node}${host}${release}`))
  return lines.join('\n')
}

function quote(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name.replaceAll('/', '-')
  link.click()
  URL.revokeObjectURL(url)
}
