// Compiles for the node of the endpoint that is asked about, where nobody says which node is meant.

import { compile, type CompileResult } from '../compile.ts'
import { findEndpoints, foundEndpoint } from '../explain/names.ts'
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
}

/** A name that means nothing, or several endpoints, is compiled for any node: what is wrong with the name is the message then. */
export function compileForEndpoint(input: Input, { endpoint, namespace }: Asked): CompiledFor {
  const memory = new PipelineMemory()
  const result = compile({ ...input, memory })
  const isAmbiguous = !result.ok && result.diagnostics.some(({ code }) => code === 'ambiguous-node')
  if (!isAmbiguous) return { result, isAnyNode: false }
  const pipeline = new Pipeline({ ...input, memory })
  pipeline.parse()
  const resources = pipeline.resources()
  const own = endpoint === undefined ? undefined : nodeOf(endpoint, namespace, resources)
  const node = own ?? pickNodes(resources, 1).picked[0]
  return { result: compile({ ...input, node, memory }), isAnyNode: own === undefined }
}

function nodeOf(name: string, namespace: string | undefined, resources: readonly Resource[]): string | undefined {
  const endpoints = resources.flatMap(resource => {
    if (resource.kind === 'workloadEndpoint') return [foundEndpoint(resource)]
    return resource.kind === 'hostEndpoint' ? [foundEndpoint(resource, interfacesOf(resource.interfaceName))] : []
  })
  const [found] = findEndpoints(name, endpoints, namespace)
  if (found !== undefined) return found.endpoint.node
  const [other] = findOtherPods(name, resources, namespace)
  const node = other?.asEndpoint.endpoint.node ?? ''
  return node === '' ? undefined : node
}

function interfacesOf(name: string | undefined): readonly string[] {
  return name === undefined || name === '' || name === '*' ? [] : [name]
}
