// The one signal that holds the state, and what can be done to it: everything that the parts call when somebody acts.

import { signal } from '@preact/signals'
import { activeText, initialState, type Light, type PageState, withFile, withView } from '../state.ts'
import type { PacketFields, PageInput, Place } from '../view.ts'
import { createClient } from './client.ts'

/** Time without typing before the engine is asked, in milliseconds: shorter than one notices, longer than a burst of keys. */
const TYPING_PAUSE = 30
/** Between two steps while a packet plays. */
const PLAY_STEP = 700

const EMPTY: PageInput = { files: [{ name: 'cluster.yaml', text: '' }], host: '', node: '', release: '' }

export const state = signal<PageState>(initialState(EMPTY))

const client = createClient(bug => set({ bug }))

export function set(change: Partial<PageState>): void {
  state.value = { ...state.value, ...change }
}

let typing: ReturnType<typeof setTimeout> | undefined

/** A new input: the engine is asked at once, or after a pause where it comes from typing. */
export function setInput(input: PageInput, options: { readonly isTyped?: boolean } = {}): void {
  const { activeFile } = state.value
  const isThere = input.files.some(({ name }) => name === activeFile)
  set({ input, isBusy: true, activeFile: isThere ? activeFile : (input.files[0]?.name ?? '') })
  clearTimeout(typing)
  typing = setTimeout(() => void compile(input), options.isTyped === true ? TYPING_PAUSE : 0)
}

async function compile(input: PageInput): Promise<void> {
  const answer = await client.view({ input })
  if (answer === undefined || state.value.input !== input) return
  state.value = withView(state.value, answer.view)
  changeWhatWaited()
  if (answer.view.model === undefined) return
  await Promise.all([askMet(), askPacket()])
  if (state.value.isShowingWords) await askWords()
}

async function askMet(): Promise<void> {
  const { endpoint } = state.value
  const answer = await client.met({ endpoint })
  if (answer !== undefined) set({ met: { endpoint, chains: answer.chains } })
}

export function setEndpoint(endpoint: string): void {
  set({ endpoint })
  void askMet()
}

export function typeText(text: string): void {
  const current = state.value
  if (activeText(current) === text) return
  setInput(withFile(current.input, current.activeFile, text), { isTyped: true })
}

/** Replaces the input and remembers the one before: a what-if, a fix, a solution. */
export function tryInput(input: PageInput): void {
  const { input: before, undo, model, base } = state.value
  const kept = base ?? (model === undefined ? undefined : { input: before, model })
  set({ undo: [...undo.slice(-49), before], ...(kept === undefined ? {} : { base: kept }) })
  setInput(input)
}

export function undoInput(): void {
  const { undo } = state.value
  const before = undo.at(-1)
  if (before === undefined) return
  set({ undo: undo.slice(0, -1) })
  setInput(before)
}

export function lightUp(light: Light | undefined): void {
  const { light: _, ...rest } = state.value
  state.value = light === undefined ? rest : { ...rest, light }
}

export function pin(light: Light | undefined): void {
  const { pinned: _, ...rest } = state.value
  state.value = light === undefined ? rest : { ...rest, pinned: light }
}

/** Opens the file of a place and goes there. */
export function reveal(place: Place): void {
  set({ activeFile: place.file, part: 'source', goal: { ...place, isOnlyShown: false } })
}

/** The same, and the keyboard stays where it is. */
export function show(place: Place): void {
  set({ activeFile: place.file, goal: { ...place, isOnlyShown: true } })
}

export function setPacket(fields: PacketFields): void {
  set({ packet: fields, step: -1, isPlaying: false })
  void askPacket()
}

async function askPacket(): Promise<void> {
  const { packet, ipVersion, model, isBusy } = state.value
  // Whoever compiles asks when that is done: of the old rules nobody wants to know.
  if (model === undefined || isBusy) return
  const found = await client.packet({ fields: packet, ipVersion: ipVersionOf(packet, ipVersion) })
  if (found !== undefined && state.value.packet === packet)
    set({ packetView: found.packet, step: -1, isPlaying: false })
}

function ipVersionOf(packet: PacketFields, chosen: 4 | 6): 4 | 6 {
  const addresses = [packet['from'] ?? '', packet['to'] ?? ''].filter(text => /^[0-9a-fA-F.:]+$/.test(text))
  if (addresses.some(text => text.includes(':'))) return 6
  return addresses.some(text => text.includes('.')) ? 4 : chosen
}

export function setIpVersion(ipVersion: 4 | 6): void {
  set({ ipVersion, words: new Map() })
  void askPacket()
}

/** Words of the rules in open chains. */
export async function askWords(): Promise<void> {
  const { model, ipVersion, openChains, words } = state.value
  const chains = model?.rules[ipVersion]?.tables.flatMap(table => table.chains) ?? []
  const wanted = chains
    .filter(({ id }) => openChains.has(id))
    .flatMap(({ rules }) => rules.map(({ id }) => id))
    .filter(id => !words.has(id))
  if (wanted.length === 0) return
  const found = await client.words({ ruleIds: wanted, ipVersion })
  if (found === undefined || state.value.model !== model) return
  set({ words: new Map([...state.value.words, ...found.words.map(entry => [entry.id, entry] as const)]) })
}

export function toggleChain(id: string): void {
  const openChains = new Set(state.value.openChains)
  if (!openChains.delete(id)) openChains.add(id)
  set({ openChains })
  if (state.value.isShowingWords) void askWords()
}

/** Goes to the rules of a hook: those of the kernel's own chain, and where it leads. */
export function showHook(hook: string): void {
  const chain = hook.replace(' ', '/')
  const openChains = new Set([...state.value.openChains, chain, chain.replace('/', '/cali-')])
  set({ search: '', onlyTouched: 'all', part: 'rules', openChains, chainGoal: { chain } })
  if (state.value.isShowingWords) void askWords()
}

interface FieldChange {
  readonly policy: string
  readonly field: string
  readonly value: string | number | boolean | undefined
}

/** A click that came while the engine was at work: done when it is done, if the policy is still there. */
let waiting: FieldChange | undefined

function changeWhatWaited(): void {
  const change = waiting
  waiting = undefined
  if (change !== undefined && state.value.model?.policies.some(({ id }) => id === change.policy) === true)
    changeField(change)
}

/** A what-if on a policy of the last good input; it can be undone. */
export function changeField({ policy, field, value }: FieldChange): void {
  if (state.value.isBusy) waiting = { policy, field, value }
  if (state.value.isStale || state.value.isBusy) return
  void client.change({ policy, field, value }).then(answer => {
    if (answer !== undefined) tryInput(answer.input)
  })
}

export const { verdicts, compare } = client

/** Steps that are shown: those of rules that do not fit only when they are asked for. */
export function shownSteps({ packetView, withMisses }: PageState): readonly number[] {
  if (packetView === undefined || 'messages' in packetView) return []
  return packetView.steps.flatMap((step, index) => (step.kind === 'miss' && !withMisses ? [] : [index]))
}

export function goToStep(step: number): void {
  const { packetView } = state.value
  const found = packetView === undefined || 'messages' in packetView ? undefined : packetView.steps[step]
  const openChains = new Set(state.value.openChains)
  if (found?.ruleId !== undefined) openChains.add(found.ruleId.slice(0, found.ruleId.lastIndexOf('/')))
  set({ step, openChains })
  lightUp(found?.ruleId === undefined ? undefined : { kind: 'rule', id: found.ruleId })
}

export function moveStep(by: 1 | -1): void {
  const shown = shownSteps(state.value)
  const at = shown.indexOf(state.value.step)
  const next = at + by
  if (next < 0) return void (set({ step: -1 }), lightUp(undefined))
  const step = shown[next]
  if (step === undefined) return set({ isPlaying: false })
  goToStep(step)
}

let playing: ReturnType<typeof setInterval> | undefined

export function play(isPlaying: boolean): void {
  clearInterval(playing)
  set({ isPlaying })
  if (!isPlaying) return
  if (shownSteps(state.value).at(-1) === state.value.step) set({ step: -1 })
  playing = setInterval(() => {
    if (!state.value.isPlaying) return clearInterval(playing)
    moveStep(1)
  }, PLAY_STEP)
}
