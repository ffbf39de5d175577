// How long the files and functions of a source are, and which of them may be longer than the others.

import ts from 'typescript'

export const FILE_LIMIT = 250
export const FUNCTION_LIMIT = 60

export interface MeasuredFunction {
  readonly name: string
  readonly lines: number
}

/** Every function of a file with all that stands in it, from its first line to its last. */
export function functionsOf(file: string, text: string): readonly MeasuredFunction[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
  const found: MeasuredFunction[] = []
  const lineAt = (position: number): number => source.getLineAndCharacterOfPosition(position).line
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined)
      found.push({ name: nameOf(node), lines: lineAt(node.end) - lineAt(node.getStart()) + 1 })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function nameOf(node: ts.SignatureDeclaration): string {
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined)
  return named?.getText() ?? '(without a name)'
}

interface Exception {
  /** So long it is; it may get shorter, and then the number here does. */
  readonly lines: number
  readonly reason: string
}

/** Files of more than 250 lines. The list may only shrink. */
export const LONG_FILES: Readonly<Record<string, Exception>> = {
  'analysis/sets/chain-walk.ts': { lines: 254, reason: 'the walk of all packets through a chain, rule by rule' },
  'audit-assumptions.ts': {
    lines: 284,
    reason: 'the steps by which releases, names and environment are tried, in order',
  },
  'calico/felix-config.ts': { lines: 291, reason: 'a table: the parameters of Felix' },
  'documents/bulk-documents.ts': { lines: 309, reason: 'one hand-written reader over one text, position by position' },
  'documents/documents.ts': {
    lines: 274,
    reason: 'the door to documents: YAML, JSON and lists, in the order in which they are told apart',
  },
  'documents/yaml-guard.ts': {
    lines: 351,
    reason: "one pass over the tokens of a stranger's text; every limit of it is kept in one place",
  },
  'parser/calico-v1/schema.ts': { lines: 253, reason: 'a table: the fields of each kind of Calico 2.x' },
  'parser/calico-v3/decoders.ts': { lines: 321, reason: 'one decoder a kind; what they share is theirs alone' },
  'parser/calico-v3/felix-schema.ts': { lines: 264, reason: 'a table: the fields of FelixConfiguration' },
  'parser/calico-v3/schema.ts': { lines: 302, reason: 'a table: the fields of each kind' },
  'parser/kubernetes/schema.ts': { lines: 257, reason: 'a table: the fields of the policies of Kubernetes' },
  'parser/parse-resources.ts': { lines: 276, reason: 'the door of the phase: one pass over documents, in order' },
  'planner/plan-node.ts': { lines: 302, reason: 'the plan of a node, in the order in which its parts need each other' },
  'renderer/chains/endpoint-chain.ts': {
    lines: 312,
    reason: 'the chain of an endpoint from top to bottom, as Felix programs it',
  },
  'renderer/tables/filter.ts': {
    lines: 356,
    reason: 'the filter table from top to bottom, chain by chain, as Felix programs it',
  },
  'trace/follow.ts': { lines: 269, reason: 'one packet from node to node, hop by hop' },
  'trace/packet-request.ts': { lines: 332, reason: 'the fields of a packet, each read once' },
  'trace/scene.ts': { lines: 331, reason: 'what a trace knows of a node, gathered once' },
  'walk/walk-packet.ts': { lines: 314, reason: 'the hooks of a node in the order of the kernel' },
  'walk/walk-table.ts': { lines: 295, reason: 'one loop over rules, which stops and goes on at choices' },
}

/** Functions of more than 60 lines, by file and name. The list may only shrink. */
export const LONG_FUNCTIONS: Readonly<Record<string, Exception>> = {
  'audit/describe-finding.ts describeFinding': { lines: 92, reason: 'one case for each finding' },
  'cli/main.ts run': { lines: 68, reason: 'its steps share what the first of them find out' },
  'cli/which-command.ts runWhich': { lines: 88, reason: 'its steps share what the first of them find out' },
  'explain/which.ts policiesOf': { lines: 62, reason: 'its steps share what the first of them find out' },
  'hints/selector-faults.ts describeFault': { lines: 99, reason: 'one case for each fault' },
  'page/engine/engine.ts engineOf': { lines: 85, reason: 'its steps share what the first of them find out' },
  'page/engine/packet-view.ts viewStep': { lines: 61, reason: 'its steps share what the first of them find out' },
  'page/ui/parts/header.tsx Header': { lines: 72, reason: 'one form of the page' },
  'page/ui/parts/packet.tsx PacketForm': { lines: 73, reason: 'one form of the page' },
  'page/ui/parts/report.tsx Report': { lines: 96, reason: 'one form of the page' },
  'parser/calico-v3/decode-workload-endpoint.ts decodeWorkloadEndpoint': {
    lines: 63,
    reason: 'its steps share what the first of them find out',
  },
  'parser/calico-v3/felix-schema.ts felixSpecSchema': { lines: 210, reason: 'a table of fields' },
  'parser/decode.ts reportIssue': { lines: 63, reason: 'one case for each issue' },
  'parser/kubernetes/decode-cluster-policy.ts convertRule': {
    lines: 76,
    reason: 'its steps share what the first of them find out',
  },
  'parser/kubernetes/decode-pod.ts decodePod': {
    lines: 108,
    reason: 'read by hand for speed; its readers share the pod',
  },
  'parser/parse-resources.ts parseResources': { lines: 74, reason: 'its steps share what the first of them find out' },
  'planner/network.ts planNetwork': { lines: 63, reason: 'its steps share what the first of them find out' },
  'planner/plan-node.ts planWithin': { lines: 90, reason: 'the steps of a plan in their order' },
  'reader/options.ts groupOptions': { lines: 73, reason: 'one loop over words' },
  'renderer/chains/endpoint-marks.ts renderEndpointMarkChains': {
    lines: 78,
    reason: 'its steps share what the first of them find out',
  },
  'selector/tokens.ts tokenize': { lines: 99, reason: 'one loop over one text' },
  'trace/scene.ts createScene': { lines: 88, reason: 'the parts of a scene, made once' },
  'walk/walk-table.ts walkTable': { lines: 87, reason: 'one loop over rules, which stops and goes on at choices' },
  'words/match.ts describeMatch': { lines: 73, reason: 'one case for each match' },
}
