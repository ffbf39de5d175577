// The report view: inputs, plan, rules with words and the packet, as a clean document to print.

import { useEffect } from 'preact/hooks'
import { content } from '../content.ts'
import type { ChainView } from '../../view.ts'
import { askWords, set, state } from '../store.ts'

export function Report() {
  const { model, input, ipVersion } = state.value
  const rules = model?.rules[ipVersion]
  const isOwn = (policy: string | undefined): boolean => policy !== undefined
  const chains = rules?.tables.flatMap(({ name, chains: all }) =>
    all.filter(chain => chain.rules.some(rule => isOwn(rule.policy))).map(chain => ({ ...chain, table: name })),
  )
  useEffect(() => {
    set({ openChains: new Set((chains ?? []).map(({ id }) => id)), isShowingWords: true })
    void askWords()
  }, [model])
  return (
    <article class="report">
      <p class="no-print">
        <button type="button" class="strong" onClick={() => window.print()}>
          Print
        </button>
      </p>
      <p>
        Node {model?.node}, IPv{ipVersion}, calitables {content.version}.
      </p>
      <h3>Policies, in the order in which packets meet them</h3>
      <ol>
        {model?.policies.map(({ id, title, tier, orderText, flags }) => (
          <li key={id}>
            {title}: tier {tier}, {orderText}
            {flags.length === 0 ? '' : `, ${flags.join(', ')}`}
          </li>
        ))}
      </ol>
      <Remarks />
      <PacketWay />
      <h3>Rules that policies make</h3>
      {chains?.map(chain => (
        <ChainRules key={chain.id} chain={chain} />
      ))}
      <h3>Input</h3>
      {input.files.map(({ name, text }) => (
        <section key={name}>
          <h4>{name}</h4>
          <pre>{text}</pre>
        </section>
      ))}
    </article>
  )
}

function Remarks() {
  const { findings } = state.value
  if (findings.length === 0) return null
  return (
    <>
      <h3>Remarks</h3>
      <ul>
        {findings.map(({ code, message, place }, index) => (
          <li key={index}>
            {message} ({code}
            {place === undefined ? '' : `, ${place.file}:${place.line}`})
          </li>
        ))}
      </ul>
    </>
  )
}

function PacketWay() {
  const { packetView } = state.value
  if (packetView === undefined || 'messages' in packetView) return null
  return (
    <>
      <h3>A packet</h3>
      <p>
        <code>{packetView.packet}</code>: {packetView.headline}
      </p>
      <ol>
        {packetView.steps
          .filter(({ kind }) => kind !== 'miss')
          .map(({ text, target, hook, why }, index) => (
            <li key={index}>
              {hook === undefined ? '' : `${hook}: `}
              {text}: {target} {why === '' ? '' : `(${why})`}
            </li>
          ))}
      </ol>
    </>
  )
}

function ChainRules({
  chain: { name, table, purpose, rules },
}: {
  readonly chain: ChainView & { readonly table: string }
}) {
  const { words } = state.value
  return (
    <section>
      <h4>
        <code>{name}</code> in table {table}
      </h4>
      <p>{purpose}</p>
      <ol>
        {rules.map(rule => {
          const said = words.get(rule.id)
          return (
            <li key={rule.id}>
              <code>{rule.text}</code>
              {said === undefined ? null : (
                <p>
                  {said.matches.length === 0 ? 'always' : `if ${said.matches.join(' and ')},`} {said.target} (
                  {said.origin})
                </p>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}
