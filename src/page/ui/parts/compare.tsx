// Compare: the input before the first change and now: the packets that fare differently, over all of them, and rules by chain.

import { useEffect, useState } from 'preact/hooks'
import { chainDifferences } from '../../compare.ts'
import type { ComparisonView } from '../../view.ts'
import { compare, set, state } from '../store.ts'
import { RuleText } from './rule-text.tsx'

export function Compare() {
  const { base, model, input, ipVersion, isStale } = state.value
  const [comparison, setComparison] = useState<ComparisonView | undefined>()
  const before = base?.input
  useEffect(() => {
    setComparison(undefined)
    if (before !== undefined && !isStale)
      void compare({ before, after: input, ipVersion }).then(answer => setComparison(answer?.comparison))
  }, [before, input, ipVersion, isStale])
  if (base === undefined || model === undefined) return <p>Nothing to compare: change something first.</p>
  if (isStale) return <p>What is written now has errors: there are no rules of it to compare.</p>
  return (
    <>
      {comparison === undefined ? (
        <p class="quiet" role="status">
          asking about every packet …
        </p>
      ) : (
        <Packets comparison={comparison} />
      )}
      <Rules />
      <button type="button" onClick={compareFromNow}>
        From now on compare with this
      </button>
    </>
  )
}

function compareFromNow(): void {
  const { base: _, ...rest } = state.value
  state.value = rest
  set({ dialog: 'none' })
}

function Packets({ comparison: { summary, groups } }: { readonly comparison: ComparisonView }) {
  return (
    <>
      <p class="headline" role="status">
        {summary}
      </p>
      {groups.map(({ title, change, way, cubes, hasMore }, index) => (
        <section key={index}>
          {groups[index - 1]?.title === title ? null : (
            <h3 class={change === 'opened' ? 'added' : change === 'closed' ? 'removed' : ''}>{title}</h3>
          )}
          <h4>{way}</h4>
          <ul class="changed">
            {cubes.map(({ words, example, before, after }) => (
              <li key={words}>
                {words}
                <dl>
                  <div>
                    <dt>for example</dt>
                    <dd>
                      <code>{example}</code>
                    </dd>
                  </div>
                  <div>
                    <dt>before</dt>
                    <dd>{before}</dd>
                  </div>
                  <div>
                    <dt>now</dt>
                    <dd>{after}</dd>
                  </div>
                </dl>
              </li>
            ))}
            {hasMore ? <li class="quiet">and more</li> : null}
          </ul>
        </section>
      ))}
    </>
  )
}

function Rules() {
  const { base, model, ipVersion } = state.value
  const before = base?.model.rules[ipVersion]
  const after = model?.rules[ipVersion]
  const chains = before === undefined || after === undefined ? [] : chainDifferences(before, after)
  return (
    <>
      <h3>Rules</h3>
      {chains.length === 0 ? <p>No rule differs.</p> : null}
      {chains.map(({ id, lines }) => (
        <section key={id} class="chain-difference">
          <h4>
            <code>{id}</code>
          </h4>
          <ul>
            {lines.map(({ sign, text }, index) => (
              <li key={index} class={sign === '+' ? 'added' : 'removed'}>
                <span>{sign}</span> <RuleText text={text} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}
