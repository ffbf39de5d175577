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
  /** So long it may be, in tens. Whoever needs more cuts it, or says here why it cannot be cut. */
  readonly lines: number
  readonly reason: string
}

/** Files of more than 250 lines. The list may only shrink. */
export const LONG_FILES: Readonly<Record<string, Exception>> = {
  'analysis/sets/chain-walk.ts': { lines: 270, reason: 'the walk of all packets through a chain, rule by rule' },
  'calico/felix-config.ts': { lines: 280, reason: 'a table: the parameters of Felix' },
  'documents/bulk-documents.ts': { lines: 310, reason: 'one hand-written reader over one text, position by position' },
  'documents/documents.ts': {
    lines: 280,
    reason: 'the door to documents: YAML, JSON and lists, in the order in which they are told apart',
  },
  'documents/yaml-guard.ts': {
    lines: 330,
    reason: "one pass over the tokens of a stranger's text; every limit of it is kept in one place",
  },
  'parser/calico-v3/decoders.ts': { lines: 330, reason: 'one decoder a kind; what they share is theirs alone' },
  'parser/calico-v3/felix-schema.ts': { lines: 270, reason: 'a table: the fields of FelixConfiguration' },
  'parser/calico-v3/schema.ts': { lines: 280, reason: 'a table: the fields of each kind' },
  'parser/kubernetes/schema.ts': { lines: 270, reason: 'a table: the fields of the policies of Kubernetes' },
  'planner/plan-node.ts': { lines: 310, reason: 'the plan of a node, in the order in which its parts need each other' },
  'renderer/chains/endpoint-chain.ts': {
    lines: 320,
    reason: 'the chain of an endpoint from top to bottom, as Felix programs it',
  },
  'renderer/tables/filter.ts': {
    lines: 360,
    reason: 'the filter table from top to bottom, chain by chain, as Felix programs it',
  },
  'trace/follow.ts': { lines: 260, reason: 'one packet from node to node, hop by hop' },
  'trace/packet-request.ts': { lines: 320, reason: 'the fields of a packet, each read once' },
  'walk/walk-packet.ts': { lines: 330, reason: 'the hooks of a node in the order of the kernel' },
  'walk/walk-table.ts': { lines: 300, reason: 'one loop over rules, which stops and goes on at choices' },
}

/** Functions of more than 60 lines, by file and name. The list may only shrink. */
export const LONG_FUNCTIONS: Readonly<Record<string, Exception>> = {
  'audit/describe-finding.ts describeFinding': { lines: 80, reason: 'one case for each finding' },
  'hints/selector-faults.ts describeFault': { lines: 100, reason: 'one case for each fault' },
  'parser/calico-v3/felix-schema.ts felixSpecSchema': { lines: 210, reason: 'a table of fields' },
  'parser/decode.ts reportIssue': { lines: 70, reason: 'one case for each issue' },
  'parser/kubernetes/decode-pod.ts decodePod': {
    lines: 110,
    reason: 'read by hand for speed; its readers share the pod',
  },
  'planner/plan-node.ts planWithin': { lines: 100, reason: 'the steps of a plan in their order' },
  'reader/options.ts groupOptions': { lines: 80, reason: 'one loop over words' },
  'selector/tokens.ts tokenize': { lines: 100, reason: 'one loop over one text' },
  'trace/scene.ts createScene': { lines: 90, reason: 'the parts of a scene, made once' },
  'walk/walk-table.ts walkTable': { lines: 90, reason: 'one loop over rules, which stops and goes on at choices' },
  'words/match.ts describeMatch': { lines: 80, reason: 'one case for each match' },
}
