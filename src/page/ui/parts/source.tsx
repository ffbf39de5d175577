// The source: files as tabs, the editor, what is wrong with them; or the lesson beside them.

import { Editor } from '../editor/editor.tsx'
import { litBy } from '../../links.ts'
import { applyFix } from '../editor/findings.ts'
import { reveal, set, setInput, state } from '../store.ts'
import type { Finding } from '../../view.ts'
import { LessonPanel } from './lesson.tsx'
import { WhatIf } from './what-if.tsx'

export function SourcePart() {
  const { lesson } = state.value
  return (
    <section class="part source" aria-label="Source">
      {lesson === undefined ? null : <LessonPanel />}
      <Tabs />
      <WhatIf />
      <Editor />
      <Findings />
    </section>
  )
}

function Tabs() {
  const { input, activeFile, findings, model } = state.value
  const lit = new Set([...litBy(state.value).places].map(index => model?.places[index]?.file))
  const add = (): void => {
    let count = input.files.length + 1
    while (input.files.some(({ name }) => name === `file-${count}.yaml`)) count++
    const name = `file-${count}.yaml`
    setInput({ ...input, files: [...input.files, { name, text: '' }] })
    set({ activeFile: name })
  }
  return (
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label="Files">
        {input.files.map(({ name }) => {
          const errors = findings.filter(({ place, severity }) => place?.file === name && severity === 'error').length
          return (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={name === activeFile}
              class={lit.has(name) && name !== activeFile ? 'has-light' : ''}
              onClick={() => set({ activeFile: name })}
            >
              {name}
              {errors === 0 ? null : <span class="count">{errors}</span>}
            </button>
          )
        })}
      </div>
      <button type="button" class="add" aria-label="Add a file" onClick={add}>
        +
      </button>
    </div>
  )
}

const SHOWN = 30

function Findings() {
  const { findings } = state.value
  if (findings.length === 0) return null
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return (
    <details class="findings" open={errors > 0}>
      <summary>
        {errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}: rules are those of the last good input` : ''}
        {errors === 0 ? `${findings.length} ${findings.length === 1 ? 'remark' : 'remarks'}` : ''}
      </summary>
      <ul>
        {findings.slice(0, SHOWN).map((finding, index) => (
          <FindingLine key={index} finding={finding} />
        ))}
      </ul>
    </details>
  )
}

function FindingLine({ finding }: { readonly finding: Finding }) {
  const { severity, message, help, place, fix } = finding
  return (
    <li class={severity}>
      <span class="severity">{severity}</span> {message}
      {place === undefined ? null : (
        <button type="button" class="link" onClick={() => reveal(place)}>
          {place.file}:{place.line}
        </button>
      )}
      {help === undefined ? null : <span class="help">{help}</span>}
      {fix === undefined ? null : (
        <button type="button" class="fix" onClick={() => applyFix(finding)}>
          {fix.title}
        </button>
      )}
    </li>
  )
}
