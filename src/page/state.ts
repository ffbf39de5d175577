// The whole state of the page as one plain value, and the changes that can happen to it. Parts of the page are functions of it.

import type {
  IpVersion,
  MetView,
  Model,
  PacketFailure,
  PacketFields,
  PacketView,
  PageInput,
  PageView,
  Place,
  RuleWords,
} from './view.ts'
import type { Lesson } from './lesson.ts'

/** What is lit in all parts at once. */
export type Light =
  | { readonly kind: 'place'; readonly index: number }
  | { readonly kind: 'policy'; readonly id: string }
  | { readonly kind: 'rule'; readonly id: string }
  | { readonly kind: 'set'; readonly name: string }

export type PartName = 'source' | 'plan' | 'rules' | 'packet'

export interface PageState {
  readonly input: PageInput
  readonly activeFile: string
  readonly ipVersion: IpVersion
  readonly findings: PageView['findings']
  readonly nodes: readonly string[]
  readonly releases: readonly string[]
  readonly labels: PageView['labels']
  /** The last good one; stale while the input has errors or is being compiled. */
  readonly model?: Model
  readonly isStale: boolean
  readonly isBusy: boolean
  readonly bug: string
  /** The address had a link in it that cannot be read: it was cut, or is none. */
  readonly isLinkBroken: boolean
  readonly endpoint: string
  readonly direction: 'ingress' | 'egress'
  /** What an endpoint meets: the chosen one, once the engine has said it. */
  readonly met?: { readonly endpoint: string; readonly chains: readonly MetView[] }
  /** What the pointer or the keyboard is on; `pinned` stays when it goes away. */
  readonly light?: Light
  readonly pinned?: Light
  readonly packet: PacketFields
  readonly packetView?: PacketView | PacketFailure
  /** Index of the step shown; -1 before the first. */
  readonly step: number
  readonly isPlaying: boolean
  readonly withMisses: boolean
  readonly search: string
  readonly onlyTouched: 'all' | 'policy' | 'packet'
  /** Chains that are open, by id; tables are always open. */
  readonly openChains: ReadonlySet<string>
  /** Where the rules were last told to go; a new value goes there, even if it is the same place. */
  readonly chainGoal?: { readonly chain: string }
  readonly words: ReadonlyMap<string, RuleWords>
  readonly isShowingWords: boolean
  readonly part: PartName
  /** What the editor was last told to go to, or only to show; a new value goes there, even if it is the same place. */
  readonly goal?: Place & { readonly isOnlyShown: boolean }
  readonly dialog: 'none' | 'examples' | 'share' | 'report' | 'compare'
  /** Inputs before each what-if, newest last. */
  readonly undo: readonly PageInput[]
  readonly base?: { readonly input: PageInput; readonly model: Model }
  readonly lesson?: LessonState
}

export interface LessonState {
  readonly lesson: Lesson
  /** Answers by packet of the prediction; shown once all are given. */
  readonly answers: readonly (boolean | undefined)[]
  readonly isRevealed: boolean
  /** What becomes of each packet of the prediction, and whether that was the answer. */
  readonly outcomes: readonly { readonly headline: string; readonly isForetold: boolean }[]
  readonly hints: number
  readonly isSolutionShown: boolean
  readonly results?: readonly { readonly text: string; readonly isGood: boolean; readonly detail: string }[]
}

export function initialState(input: PageInput): PageState {
  return {
    input,
    activeFile: input.files[0]?.name ?? '',
    ipVersion: 4,
    findings: [],
    nodes: [],
    releases: [],
    labels: [],
    isStale: false,
    isBusy: true,
    bug: '',
    isLinkBroken: false,
    endpoint: '',
    direction: 'ingress',
    packet: { from: '', to: '', proto: 'tcp', dport: '80' },
    step: -1,
    isPlaying: false,
    withMisses: false,
    search: '',
    onlyTouched: 'all',
    openChains: new Set(),
    words: new Map(),
    isShowingWords: false,
    part: 'source',
    dialog: 'none',
    undo: [],
  }
}

/** A new answer of the engine. The last good model stays, greyed, while the input has errors. */
export function withView(state: PageState, { findings, nodes, releases, labels, model }: PageView): PageState {
  if (model === undefined) return { ...state, findings, isStale: true, isBusy: false }
  const isKnown = model.endpoints.some(({ id, isHere }) => id === state.endpoint && isHere)
  const endpoint = isKnown ? state.endpoint : firstEndpoint(model, state.packet)
  const { light: _light, pinned: _pinned, ...rest } = state
  return {
    ...rest,
    findings,
    nodes,
    releases,
    labels,
    model,
    endpoint,
    isStale: false,
    isBusy: false,
    words: new Map(),
    packet: state.packet['from'] === '' && state.packet['to'] === '' ? firstPacket(model, state.packet) : state.packet,
  }
}

/** The one that the packet is for, or else the first one here. */
function firstEndpoint({ endpoints }: Model, packet: PacketFields): string {
  const here = endpoints.filter(({ isHere }) => isHere)
  return (here.find(({ id }) => id === packet['to']) ?? here[0])?.id ?? ''
}

/** Something sensible to begin with: from outside to the first pod here, or to the node. */
function firstPacket({ endpoints }: Model, fields: PacketFields): PacketFields {
  const pods = endpoints.filter(({ kind, addresses }) => kind === 'pod' && addresses.length > 0)
  const target = pods.find(({ isHere }) => isHere)
  const source = pods.find(({ id }) => id !== target?.id)
  return { ...fields, from: source?.id ?? '198.51.100.7', to: target?.id ?? 'host' }
}

/** What the chosen endpoint meets; nothing until the engine has said it. */
export function metBy({ met, endpoint }: PageState): readonly MetView[] {
  return met?.endpoint === endpoint ? met.chains : []
}

/** The light that counts: under the pointer, or else pinned. */
export function lightOf({ light, pinned }: PageState): Light | undefined {
  return light ?? pinned
}

/** Text of the file that is open. */
export function activeText({ input, activeFile }: PageState): string {
  return input.files.find(({ name }) => name === activeFile)?.text ?? ''
}

export function withFile(input: PageInput, name: string, text: string): PageInput {
  return { ...input, files: input.files.map(file => (file.name === name ? { name, text } : file)) }
}
