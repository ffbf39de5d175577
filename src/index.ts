// Public API: the compiler as functions of values. Nothing here touches files or the process.

export { compile, type CompileInput, type CompileOutput, type CompileResult, type CompiledVersion } from './compile.ts'
export { printRuleset } from './backend/iptables/print-ruleset.ts'
export { Pipeline, type PipelineInput, PipelineMemory, type RulesetText } from './pipeline.ts'
export { type Diagnostic, Report, type Severity } from './diagnostics/diagnostic.ts'
export { formatDiagnostic } from './diagnostics/format.ts'
export type { SourceFile, Span } from './diagnostics/source.ts'
export type { NodePlan } from './model/plan.ts'
export type { Chain, IpSet, Match, Origin, Rule, Ruleset, Table, Target } from './model/ruleset.ts'
export { type KernelTables, kernelTablesOf } from './netfilter/kernel-tables.ts'
export { type NodeText, readKernelTables } from './reader/read-kernel-tables.ts'
export { readRuleset } from './reader/read-ruleset.ts'
