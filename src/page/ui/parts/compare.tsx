// Compare: the input before the first change and now, side by side: rules by chain, and packets that fare differently.

import { useEffect, useState } from 'preact/hooks'
import type { VerdictView } from '../../protocol.ts'
import type { Model, PacketFields } from '../../view.ts'
import { set, state, verdicts } from '../store.ts'
import { chainDifferences } from '../../compare.ts'

interface Changed {
  readonly fields: PacketFields
  readonly before: VerdictView
  readonly after: VerdictView
}

export function Compare() {
  const { base, model, input, ipVersion } = state.value
  const [changed, setChanged] = useState<readonly Changed[] | undefined>()
  useEffect(() => {
    if (base !== undefined && model !== undefined) void askBoth(base.input, input, model).then(setChanged)
  }, [base, model])
  if (base === undefined || model === undefined) return <p>Nothing to compare: change something first.</p>
  const before = base.model.rules[ipVersion]
  const after = model.rules[ipVersion]
  const chains = before === undefined || after === undefined ? [] : chainDifferences(before, after)
  return (
    <>
      <h3>Packets that fare differently</h3>
      {changed === undefined ? (
        <p class="quiet">asking …</p>
      ) : changed.length === 0 ? (
        <p>
          None of the packets that were tried: those of this page’s presets, and each pod to each of the first pods.
        </p>
      ) : (
        <ul class="changed">
          {changed.map(({ fields, before: old, after: now }) => (
            <li key={JSON.stringify(fields)}>
              <code>
                {fields['from']} → {fields['to']} {fields['proto']} {fields['dport'] ?? ''}
              </code>
              <span class={`verdict-word ${old.verdict}`}>{old.verdict}</span> →{' '}
              <span class={`verdict-word ${now.verdict}`}>{now.verdict}</span>
              <span class="quiet">{now.headline}</span>
            </li>
          ))}
        </ul>
      )}
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
                <span>{sign}</span> <code>{text}</code>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <button
        type="button"
        onClick={() => {
          const { base: _, ...rest } = state.value
          state.value = rest
          set({ dialog: 'none' })
        }}
      >
        Compare with what is here now from now on
      </button>
    </>
  )
}

const TRIED_PODS = 8
const PORTS = ['80', '443', '53']

async function askBoth(
  before: Parameters<typeof verdicts>[0],
  after: Parameters<typeof verdicts>[0],
  model: Model,
): Promise<readonly Changed[]> {
  const packets = packetsToTry(model)
  const old = await verdicts(before, packets)
  const now = await verdicts(after, packets)
  return packets.flatMap((fields, index) => {
    const first = old?.verdicts[index]
    const second = now?.verdicts[index]
    return first === undefined || second === undefined || first.verdict === second.verdict
      ? []
      : [{ fields, before: first, after: second }]
  })
}

function packetsToTry({ endpoints }: Model): readonly PacketFields[] {
  const pods = endpoints.filter(({ kind, addresses }) => kind === 'pod' && addresses.length > 0)
  const parties = [...pods.slice(0, TRIED_PODS).map(({ id }) => id), '198.51.100.7', 'host']
  return parties.flatMap(from =>
    parties
      .filter(to => to !== from && !(from === '198.51.100.7' && to === '198.51.100.7'))
      .flatMap(to => PORTS.map(dport => ({ from, to, proto: dport === '53' ? 'udp' : 'tcp', dport }))),
  )
}
