// The packet: what it is, what becomes of it and why, and its way step by step.

import { useEffect, useRef } from 'preact/hooks'
import type { PacketFields, PacketView, StepView } from '../../view.ts'
import { Coded } from '../markdown.tsx'
import { goToStep, moveStep, play, set, setPacket, shownSteps, state } from '../store.ts'
import { Marks } from './marks.tsx'
import { parties, presets } from './packet-choices.ts'
import { Verdict } from './verdict.tsx'

export function PacketPart() {
  const { packetView } = state.value
  return (
    <section class="part packet" aria-label="Packet">
      {packetView === undefined ? null : 'messages' in packetView ? (
        <div class="verdict failure" role="status">
          {packetView.messages.map(message => (
            <p key={message}>
              <Coded text={message} />
            </p>
          ))}
        </div>
      ) : (
        <Verdict view={packetView} />
      )}
      <PacketForm />
      {packetView === undefined || 'messages' in packetView ? null : <Steps view={packetView} />}
    </section>
  )
}

function PacketForm() {
  const { packet, model, lesson } = state.value
  const hasPorts = !(packet['proto'] ?? 'tcp').startsWith('icmp')
  return (
    <form class="packet-form" onSubmit={event => event.preventDefault()}>
      <h2>A packet</h2>
      <datalist id="parties">
        {parties(model).map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <TextField name="from" label="from" class="wide" list="parties" />
      <TextField name="to" label="to" class="wide" list="parties" />
      <label>
        protocol
        <select
          value={packet['proto'] ?? 'tcp'}
          onChange={event => setPacket(withProtocol(packet, event.currentTarget.value))}
        >
          {['tcp', 'udp', 'icmp', 'sctp'].map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {hasPorts ? <TextField name="dport" label="port" inputMode="numeric" inputClass="port" /> : null}
      <label>
        state
        <select
          value={packet['state'] ?? 'new'}
          onChange={event => setPacket({ ...packet, state: event.currentTarget.value })}
        >
          {['new', 'established', 'related', 'invalid'].map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <TextField name="dnat" label="sent on to" list="parties" placeholder="by kube-proxy" />
      <div class="presets" role="group" aria-label="Packets to try">
        {(lesson?.lesson.packets ?? presets(model)).map(({ title, fields }) => (
          <button key={title} type="button" onClick={() => setPacket(fields)}>
            {title}
          </button>
        ))}
      </div>
    </form>
  )
}

/** A field of the packet that is typed. */
function TextField({
  name,
  label,
  class: labelClass,
  inputClass,
  list,
  placeholder,
  inputMode,
}: {
  readonly name: string
  readonly label: string
  readonly class?: string
  readonly inputClass?: string
  readonly list?: string
  readonly placeholder?: string
  readonly inputMode?: 'numeric'
}) {
  const { packet } = state.value
  return (
    <label class={labelClass}>
      {label}
      <input
        class={inputClass}
        list={list}
        placeholder={placeholder}
        inputMode={inputMode}
        value={packet[name] ?? ''}
        onInput={event => setPacket({ ...packet, [name]: event.currentTarget.value })}
      />
    </label>
  )
}

function withProtocol(packet: PacketFields, proto: string): PacketFields {
  const { dport, ...rest } = packet
  return proto === 'icmp' ? { ...rest, proto } : { ...rest, proto, dport: dport ?? '80' }
}

function Steps({ view }: { readonly view: PacketView }) {
  const { step, isPlaying, withMisses } = state.value
  const shown = shownSteps(state.value)
  const current = view.steps[step]
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const current = place.current?.querySelector('[aria-current]')
    if (current == null) place.current?.parentElement?.scrollTo({ top: 0 })
    else current.scrollIntoView({ block: 'nearest' })
  }, [step])
  return (
    <div class="steps" ref={place}>
      <div class={`step-controls ${view.verdict}`}>
        {step < 0 ? null : (
          <p class="headline" aria-hidden="true">
            <span class="sign" /> {view.headline}
          </p>
        )}
        <button type="button" aria-label="Step back" onClick={() => moveStep(-1)}>
          ‹
        </button>
        <button type="button" class="strong" onClick={() => play(!isPlaying)}>
          {isPlaying ? 'Pause' : 'Play'}
        </button>
        <button type="button" aria-label="Step forward" onClick={() => moveStep(1)}>
          ›
        </button>
        <span class="quiet">
          {shown.indexOf(step) + 1} of {shown.length}
        </span>
        <label class="check" title="Also the rules that do not fit, and what stands in the way">
          <input
            type="checkbox"
            checked={withMisses}
            onChange={event => set({ withMisses: event.currentTarget.checked })}
          />
          why not
        </label>
        <Marks mark={current?.markAfter ?? 0} before={current?.markBefore ?? 0} />
      </div>
      <ol class="step-list">
        {shown.map(index => {
          const found = view.steps[index]
          return found === undefined ? null : (
            <Step
              key={index}
              step={found}
              index={index}
              isNow={index === step}
              heading={headingFor(view, shown, index)}
            />
          )
        })}
      </ol>
    </div>
  )
}

function headingFor({ steps }: PacketView, shown: readonly number[], index: number): string {
  const before = shown[shown.indexOf(index) - 1]
  const own = steps[index]?.hook ?? ''
  return own !== '' && (before === undefined || steps[before]?.hook !== own) ? own : ''
}

function Step({
  step: { kind, depth, text, matches, target, log, why },
  index,
  isNow,
  heading,
}: {
  readonly step: StepView
  readonly index: number
  readonly isNow: boolean
  readonly heading: string
}) {
  return (
    <li>
      {heading === '' ? null : <h3>{heading}</h3>}
      <button
        type="button"
        class={`step ${kind}${isNow ? ' is-now' : ''} depth-${Math.min(depth, 8)}`}
        aria-current={isNow ? 'step' : undefined}
        onClick={() => goToStep(index)}
      >
        <code>{text}</code>
        <span class="answers">
          {matches.map(({ text: asked, answer }, position) => (
            <span key={position} class={`answer ${answer}`}>
              {asked}
              <span class="visually-hidden">: {answer}</span>
            </span>
          ))}
        </span>
        <span class="target">{target}</span>
        {isNow && why !== '' ? <span class="why">{why}</span> : null}
        {log === undefined ? null : <span class="log-line">{log}</span>}
      </button>
    </li>
  )
}
