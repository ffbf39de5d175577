// Documents that other tools keep beside resources: told by fields that no resource has, so that one of them stops nobody.

import { isMapping, type Mapping } from './shape-rewrites.ts'

interface Sign {
  readonly name: string
  readonly fits: (value: Mapping, has: (...keys: readonly string[]) => boolean) => boolean
}

/** YAML of old reads the key `on` as true. */
const ON = ['on', 'true']

const SIGNS: readonly Sign[] = [
  { name: 'a JSON patch, as kustomize takes them', fits: (value, has) => has('op', 'path') && isText(value['op']) },
  { name: 'a playbook of Ansible', fits: (_, has) => has('hosts') && ['tasks', 'roles'].some(key => has(key)) },
  { name: 'a list of tasks of Ansible', fits: (value, has) => has('name') && Object.keys(value).some(isModule) },
  { name: 'a compose file', fits: ({ services }, has) => has('services') && values(services).some(isService) },
  { name: 'a workflow of GitHub Actions', fits: (_, has) => has('jobs') && ON.some(key => has(key)) },
  {
    name: 'a pipeline of GitLab CI',
    fits: (value, has) => has('stages') && Object.values(value).some(one => isMapping(one) && 'script' in one),
  },
  {
    name: 'a package.json of npm',
    fits: (_, has) =>
      has('name', 'version') && ['dependencies', 'devDependencies', 'scripts', 'main'].some(key => has(key)),
  },
  {
    name: 'the description of a web API',
    fits: (_, has) => has('info', 'paths') && ['openapi', 'swagger'].some(key => has(key)),
  },
  { name: 'a configuration of Prometheus', fits: (_, has) => has('scrape_configs') },
  {
    name: 'a file of rules of Prometheus',
    fits: ({ groups }) => Array.isArray(groups) && groups.some(one => isMapping(one) && Array.isArray(one['rules'])),
  },
  { name: 'a dashboard of Grafana', fits: ({ panels }, has) => has('panels', 'title') && Array.isArray(panels) },
  { name: 'a configuration of pre-commit', fits: ({ repos }, has) => has('repos') && Array.isArray(repos) },
  { name: 'a configuration of Dependabot', fits: ({ updates }, has) => has('version') && Array.isArray(updates) },
  { name: 'a helmfile', fits: ({ releases }) => Array.isArray(releases) && releases.some(isRelease) },
  { name: 'a file of assertions for `calitables assert`', fits: ({ assertions }) => Array.isArray(assertions) },
  { name: 'a configuration of TypeScript', fits: (_, has) => has('compilerOptions') },
]

/** What a mapping without apiVersion and kind is for, where it is surely for another tool; undefined otherwise. */
export function describeForeign(value: unknown): string | undefined {
  if (!isMapping(value)) return undefined
  const has = (...keys: readonly string[]): boolean => keys.every(key => Object.hasOwn(value, key))
  if (has('apiVersion', 'name', 'version') && !has('kind') && !has('spec')) return 'the Chart.yaml of a Helm chart'
  // A part of a resource, such as a patch, may matter.
  if (['apiVersion', 'kind', 'metadata', 'spec'].some(key => has(key))) return undefined
  return SIGNS.find(({ fits }) => fits(value, has))?.name
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function values(value: unknown): readonly unknown[] {
  return isMapping(value) ? Object.values(value) : []
}

function isService(value: unknown): boolean {
  return isMapping(value) && ('image' in value || 'build' in value)
}

function isRelease(value: unknown): boolean {
  return isMapping(value) && 'chart' in value
}

/** `ansible.builtin.shell` and its like. */
function isModule(key: string): boolean {
  return (
    /^(?:ansible|community|kubernetes)\.[a-z0-9_]+\.[a-z0-9_]+$/.test(key) || /^(?:shell|command|template)$/.test(key)
  )
}
