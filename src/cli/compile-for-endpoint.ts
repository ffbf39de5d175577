// Compiles for the node of the endpoint that is asked about, where nobody says which node is meant.

import { compile, type CompileResult } from '../compile.ts'
import { findEndpoints, type FoundEndpoint, foundEndpoint } from '../explain/names.ts'
import { findOtherPods } from '../explain/other-pods.ts'
import type { Resource } from '../model/ast/resources.ts'
import { Pipeline, PipelineMemory } from '../pipeline.ts'
import { pickNodes } from '../planner/pick-nodes.ts'
import type { Input } from './input-options.ts'

export interface Asked {
  readonly endpoint?: string
  /** Of a name that has none. */
  readonly namespace?: string
}

/** `isAnyNode`: the input has several nodes, and nothing that is asked says which, so it is one of them. */
export interface CompiledFor {
  readonly result: CompileResult
  readonly isAnyNode: boolean
  /** What the name may mean, by names that are enough, where it is not enough itself; else empty. */
  readonly candidates: readonly string[]
}

/** A name that means nothing, or several things, is compiled for any node: what is wrong with the name is the message then. */
export function compileForEndpoint(input: Input, { endpoint, namespace }: Asked): CompiledFor {
  const memory = new PipelineMemory()
  const result = compile({ ...input, memory })
  const isAmbiguous = !result.ok && result.diagnostics.some(({ code }) => code === 'ambiguous-node')
  if (!isAmbiguous && endpoint === undefined) return { result, isAnyNode: false, candidates: [] }
  const pipeline = new Pipeline({ ...input, memory })
  pipeline.parse()
  const resources = pipeline.resources()
  const found = endpoint === undefined ? [] : meantBy(endpoint, namespace, resources, input.node)
  const candidates = found.length > 1 ? found.map(({ name }) => name) : []
  if (!isAmbiguous) return { result, isAnyNode: false, candidates }
  const own = candidates.length > 0 ? '' : (found[0]?.endpoint.node ?? '')
  const node = own === '' ? pickNodes(resources, 1).picked[0] : own
  return { result: compile({ ...input, node, memory }), isAnyNode: own === '', candidates }
}

/** Endpoints, by their names and interfaces; where there are none, pods that are no endpoints. @param node whose interfaces alone count */
function meantBy(
  name: string,
  namespace: string | undefined,
  resources: readonly Resource[],
  node: string | undefined,
): readonly FoundEndpoint[] {
  const endpoints = resources.flatMap(resource => {
    if (resource.kind === 'workloadEndpoint') return [foundEndpoint(resource)]
    if (resource.kind !== 'hostEndpoint') return []
    const isHere = node === undefined || resource.node === node
    return [foundEndpoint(resource, isHere ? interfacesOf(resource.interfaceName) : [])]
  })
  const found = findEndpoints(name, endpoints, namespace)
  return found.length > 0 ? found : findOtherPods(name, resources, namespace).map(({ asEndpoint }) => asEndpoint)
}

function interfacesOf(name: string | undefined): readonly string[] {
  return name === undefined || name === '' || name === '*' ? [] : [name]
}
