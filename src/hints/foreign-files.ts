// Documents that other tools keep beside resources: told by fields that no resource has, so that one of them stops nobody.

import { isMapping, type Mapping } from './shape-rewrites.ts'

/**
 * What tells a file: keys that it has, `|` between those of which one is enough, and what else has to hold.
 * `on` may be the key `true`: so YAML of old reads it.
 */
type Sign = readonly [name: string, keys: string, fits?: (value: Mapping) => boolean]

const SIGNS: readonly Sign[] = [
  ['a JSON patch, as kustomize takes them', 'op path', ({ op }) => typeof op === 'string'],
  ['a playbook of Ansible', 'hosts tasks|roles'],
  ['a list of tasks of Ansible', 'name', value => Object.keys(value).some(isModule)],
  ['a compose file', 'services', ({ services }) => isMapping(services) && Object.values(services).some(isService)],
  ['a workflow of GitHub Actions', 'jobs on|true'],
  ['a pipeline of CircleCI', 'jobs workflows'],
  ['a pipeline of Azure', 'jobs|stages|steps pool|trigger'],
  ['a pipeline of GitLab CI', 'stages', value => Object.values(value).some(one => isMapping(one) && 'script' in one)],
  ['an action or a pipeline', 'runs|steps'],
  ['a package.json of npm', 'name version dependencies|devDependencies|main|packages|scripts'],
  ['the description of a web API', 'info asyncapi|openapi|swagger'],
  ['a configuration of Prometheus', 'scrape_configs'],
  ['a configuration of Alertmanager', 'receivers route'],
  ['a file of rules of Prometheus', 'groups', ({ groups }) => hasItem(groups, one => Array.isArray(one['rules']))],
  ['a dashboard of Grafana', 'panels title', ({ panels }) => Array.isArray(panels)],
  ['a configuration of pre-commit', 'repos', ({ repos }) => Array.isArray(repos)],
  ['a configuration of Dependabot', 'updates version', ({ updates }) => Array.isArray(updates)],
  ['a helmfile', 'releases', ({ releases }) => hasItem(releases, one => 'chart' in one)],
  ['a file of assertions for `calitables assert`', 'assertions', ({ assertions }) => Array.isArray(assertions)],
  ['a configuration of TypeScript', 'compilerOptions'],
  ['a configuration of MkDocs', 'site_name'],
  ['a configuration of sops', 'creation_rules'],
  ['a file of secrets of sops', 'sops'],
  ['a template of CloudFormation', 'AWSTemplateFormatVersion'],
  ['a Taskfile', 'tasks version'],
  ['a JSON schema, or told by one', '$schema'],
]

/** What files are by what they are called. */
const NAMES: readonly (readonly [name: string, file: RegExp])[] = [
  ['a kustomization; `kustomize build` makes resources of it', /(?:^|[/\\])kustomization\.ya?ml$/],
  ['a file of values, as Helm takes them', /(?:^|[/\\._-])values(?:[._-][^/\\]*|[/\\][^/\\]+)$/],
]
const SETTINGS = /(?:^|[/\\])\.(?:(?:circleci|devcontainer|github|vscode)[/\\].*|[^/\\.][^/\\]*)$/

/** In any case: one that is misspelt so is told as that. */
const IN_A_RESOURCE = /^(?:apiVersion|kind|metadata|spec)$/i
/** Of policies, sets and endpoints whose spec stands alone. */
const IN_A_SPEC = ['selector', 'podSelector', 'types', 'policyTypes', 'nets', 'interfaceName']

/** The folders that hold a chart of Helm, with the slash behind them. */
export function chartFolders(files: readonly { readonly name: string }[]): readonly string[] {
  return files.flatMap(({ name }) => (/(?:^|[/\\])Chart\.ya?ml$/.test(name) ? [name.replace(/[^/\\]*$/, '')] : []))
}

/**
 * What a mapping without apiVersion and kind is for, or a list of them, which is one file, where it is surely for another tool;
 * undefined otherwise.
 * @param file as it was named
 * @param charts the folders that hold charts
 */
export function describeForeign(read: unknown, file: string, charts: readonly string[]): string | undefined {
  const value: unknown = Array.isArray(read) ? read[0] : read
  if (!isMapping(value)) return undefined
  const has = (key: string): boolean => Object.hasOwn(value, key)
  if (['apiVersion', 'name', 'version'].every(has) && !has('kind') && !has('spec'))
    return 'the Chart.yaml of a Helm chart'
  // A part of a resource, such as a patch, may matter.
  if (Object.keys(value).some(key => IN_A_RESOURCE.test(key))) return undefined
  const told =
    SIGNS.find(
      ([, keys, fits]) => keys.split(' ').every(either => either.split('|').some(has)) && (fits?.(value) ?? true),
    ) ?? NAMES.find(([, called]) => called.test(file))
  if (told !== undefined) return told[0]
  if (IN_A_SPEC.some(has)) return undefined
  if (SETTINGS.test(file)) return 'a file of settings of another tool'
  const isOfChart = charts.some(
    folder => file.startsWith(folder) && !/(?:^|[/\\])(?:crds|templates)[/\\]/.test(file.slice(folder.length)),
  )
  return isOfChart ? 'a file of a Helm chart, such as its values' : undefined
}

function hasItem(list: unknown, fits: (item: Mapping) => boolean): boolean {
  return Array.isArray(list) && list.some(item => isMapping(item) && fits(item))
}

function isService(value: unknown): boolean {
  return isMapping(value) && ['image', 'build', 'environment', 'depends_on', 'extends'].some(key => key in value)
}

/** `ansible.builtin.shell` and its like. */
function isModule(key: string): boolean {
  return (
    /^(?:ansible|community|kubernetes)\.[a-z0-9_]+\.[a-z0-9_]+$/.test(key) || /^(?:shell|command|template)$/.test(key)
  )
}
