// The packet's mark as a row of named bits, which flip.

import { state } from '../store.ts'

export function Marks({ mark, before }: { readonly mark: number; readonly before: number }) {
  const { model, ipVersion } = state.value
  const marks = model?.rules[ipVersion]?.marks ?? []
  return (
    <dl class="marks" aria-label="Mark of the packet">
      {marks.map(({ bit, name, meaning }) => {
        const isSet = (mark & bit) !== 0
        const hasFlipped = isSet !== ((before & bit) !== 0)
        return (
          <div key={bit} class={`mark${isSet ? ' is-set' : ''}${hasFlipped ? ' has-flipped' : ''}`} title={meaning}>
            <dt>{name}</dt>
            <dd>{isSet ? '1' : '0'}</dd>
          </div>
        )
      })}
    </dl>
  )
}
