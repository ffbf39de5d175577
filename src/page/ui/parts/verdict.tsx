// What becomes of the packet: one sentence first, then where, why, and what came nearest to letting it through.

import type { AnswerLine, PacketView } from '../../view.ts'
import { reveal, set, state } from '../store.ts'

export function Verdict({ view: { verdict, headline, lines } }: { readonly view: PacketView }) {
  return (
    <div class={`verdict ${verdict}`} role="status" aria-live="polite">
      <p class="headline">
        <span class="sign" aria-hidden="true" /> {headline}
      </p>
      <dl class="answer-lines">
        {lines.map((line, index) => (
          <Line key={index} line={line} isRepeated={lines[index - 1]?.label === line.label} />
        ))}
      </dl>
    </div>
  )
}

function Line({
  line: { label, text, place },
  isRepeated,
}: {
  readonly line: AnswerLine
  readonly isRepeated: boolean
}) {
  return (
    <div class={label === 'packet' ? 'packet-text' : ''}>
      <dt>{isRepeated ? <span class="visually-hidden">{label}</span> : label}</dt>
      <dd class={label === 'kernel log' ? 'log-line' : ''}>
        {text}
        {place === undefined ? null : (
          <button type="button" class="link" onClick={() => reveal(place)}>
            {place.file}:{place.line}
          </button>
        )}
      </dd>
    </div>
  )
}

/** On a narrow screen, over whichever part one looks at. */
export function VerdictStrip() {
  const { packetView, part } = state.value
  if (packetView === undefined || 'messages' in packetView || part === 'packet') return null
  const { verdict, headline } = packetView
  return (
    <button type="button" class={`verdict-strip ${verdict}`} onClick={() => set({ part: 'packet' })}>
      <span class="headline">
        <span class="sign" aria-hidden="true" /> {headline}
      </span>
    </button>
  )
}
