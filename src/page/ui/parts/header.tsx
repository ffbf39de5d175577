// The line on top: what the page is, whose rules are shown, and what can be done with them.

import type { ComponentChildren } from 'preact'
import { set, setInput, setIpVersion, state, undoInput } from '../store.ts'

export function Header() {
  const { ipVersion, model } = state.value
  return (
    <header class="top">
      <h1>
        <span class="brand">calitables</span> <span class="slogan">how Calico policy becomes firewall rules</span>
      </h1>
      <div class="choices">
        <NodeChoice />
        <ReleaseChoice />
        <div class="switch" role="group" aria-label="IP version">
          {([4, 6] as const).map(version => (
            <button
              key={version}
              type="button"
              aria-pressed={ipVersion === version}
              disabled={version === 6 && model?.rules[6] === undefined}
              onClick={() => setIpVersion(version)}
            >
              IPv{version}
            </button>
          ))}
        </div>
      </div>
      <Actions />
    </header>
  )
}

function NodeChoice() {
  const { nodes, input, model } = state.value
  return (
    <Choice
      label="Node"
      value={input.node === '' ? (model?.node ?? '') : input.node}
      names={nodes.length === 0 ? [input.node] : nodes}
      onChoose={node => setInput({ ...input, node })}
    />
  )
}

function ReleaseChoice() {
  const { releases, input, model } = state.value
  return (
    <Choice
      label="Calico"
      value={input.release}
      names={releases.filter(name => input.release !== '' || name !== model?.release)}
      onChoose={release => setInput({ ...input, release })}
    >
      <option value="">{input.release === '' && model !== undefined ? model.release : 'by the input'}</option>
    </Choice>
  )
}

function Choice({
  label,
  value,
  names,
  onChoose,
  children,
}: {
  readonly label: string
  readonly value: string
  readonly names: readonly string[]
  readonly onChoose: (name: string) => void
  /** What stands before the names. */
  readonly children?: ComponentChildren
}) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={event => onChoose(event.currentTarget.value)}>
        {children}
        {names.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

/** What can be done with all of it. */
function Actions() {
  const { undo, base } = state.value
  return (
    <div class="actions">
      {undo.length === 0 ? null : (
        <button type="button" onClick={undoInput}>
          Undo
        </button>
      )}
      {base === undefined ? null : (
        <button type="button" onClick={() => set({ dialog: 'compare' })}>
          Compare
        </button>
      )}
      <button type="button" onClick={() => set({ dialog: 'share' })}>
        Share
      </button>
      <button type="button" onClick={() => set({ dialog: 'report' })}>
        Report
      </button>
      <button type="button" class="strong" onClick={() => set({ dialog: 'examples' })}>
        Lessons<span class="more-words"> and examples</span>
      </button>
    </div>
  )
}
