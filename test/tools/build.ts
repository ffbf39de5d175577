// npm run build: dist/ whole. The compiler is in it once, as core.js, for Node and for browsers; index.js and the command line
// load it when they first need it, and browser.js imports it. The page's worker has one of its own.
//
// Code that V8 has compiled goes to dist/cache: it is good for this Node alone, and is not packed.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { buildCore, COMMON, writtenSmaller, type Core } from '../helpers/bundles.ts'
import { buildPage } from '../helpers/page-build.ts'
import { licenceTexts } from '../helpers/licences.ts'

const MAIN = 'src/cli/main.ts'
const START = 'src/cli/start.ts'

/** Tools and types are made by other commands. */
const KEPT = /^(tools|page)$|\.d\.ts$/

function clean(): void {
  if (!existsSync('dist')) return
  for (const name of readdirSync('dist')) if (!KEPT.test(name)) rmSync(join('dist', name), { recursive: true })
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** commander loads what starts other programs, for commands that are programs of their own: there are none here. */
const withoutChildProcess: Plugin = {
  name: 'without-child-process',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'none', namespace: 'none' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: 'module.exports = {}' }))
  },
}

const COMMAND_LINE = {
  ...COMMON,
  platform: 'node',
  format: 'cjs',
  // Scripts that are run from text cannot import; they require, when it comes to that.
  supported: { 'dynamic-import': false },
} as const

async function buildMain(core: Core): Promise<{ readonly text: string; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    ...COMMAND_LINE,
    entryPoints: [MAIN],
    plugins: [core.asExternal, withoutChildProcess],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl=require('node:url').pathToFileURL(__filename).href;" },
  })
  return { text: await writtenSmaller(outputFiles[0]?.text ?? '', { module: false }), metafile }
}

/** What answers at once, and the loader of the rest. */
async function buildStart(bundles: object): Promise<string> {
  const mainIsLoaded: Plugin = {
    name: 'main-is-loaded',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: 'main', namespace: 'loaded' }))
      onLoad({ filter: /./, namespace: 'loaded' }, () => ({
        resolveDir: 'src/cli',
        contents: "import { loadBuilt } from './load-built.ts'\nexport const { main } = loadBuilt('main')",
      }))
    },
  }
  const { outputFiles } = await build({
    ...COMMAND_LINE,
    entryPoints: [START],
    plugins: [mainIsLoaded],
    define: { BUNDLES: JSON.stringify(bundles) },
  })
  return outputFiles[0]?.text ?? ''
}

/** The API for Node. Everything is there at once and nothing is loaded before it is used: classes, too, which is why each is a proxy. */
function nodeEntry(api: readonly string[]): string {
  return `import{createRequire}from"node:module";
const load=createRequire(import.meta.url)("./cli/start.cjs").loadBuilt;
const lazy=name=>{const get=()=>load("core")[name];return new Proxy(function(){},{
get:(_,key)=>Reflect.get(get(),key),
has:(_,key)=>Reflect.has(get(),key),
apply:(_,self,given)=>Reflect.apply(get(),self,given),
construct:(_,given,made)=>Reflect.construct(get(),given,made===api[name]?get():made),
getPrototypeOf:()=>Reflect.getPrototypeOf(get())})};
const api={};
for(const name of ${JSON.stringify(api)})api[name]=lazy(name);
export const{${api.join(',')}}=api;
`
}

/** Runs what is built on small inputs, in a process of its own, and keeps what V8 made of it. */
function buildCodeCache(): void {
  mkdirSync('dist/cache', { recursive: true })
  const inputs = mkdtempSync(join(tmpdir(), 'calitables-build-'))
  try {
    for (const [name, text] of Object.entries(WARM_UP_FILES)) writeFileSync(join(inputs, name), text)
    execFileSync(process.execPath, ['-e', WARM_UP, 'dist/cli/start.cjs', inputs], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  } finally {
    rmSync(inputs, { recursive: true })
  }
}

/**
 * What is not in them is compiled when it is first needed: one of each kind that most clusters have, in the forms in which they
 * come, and a rule that `check` needs packet sets for.
 */
const WARM_UP_FILES = {
  'policy.yaml': `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: a }
spec:
  selector: all()
  types: [Ingress]
  ingress:
    - { action: Allow, protocol: TCP, destination: { ports: [80] } }
    - { action: Allow, protocol: TCP, source: { notNets: [192.0.2.0/24] }, destination: { ports: [81] } }
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: { name: node-1-eth0 }
spec: { node: node-1, interfaceName: eth0 }
`,
  'cluster.yaml': `apiVersion: v1
kind: Node
metadata:
  name: node-1
  annotations:
    projectcalico.org/IPv4Address: 192.0.2.1/24
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    team: shop
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: api
        - namespaceSelector:
            matchLabels:
              team: shop
      ports:
        - port: http
          protocol: TCP
        - port: 8080
          protocol: TCP
  egress:
    - to:
        - ipBlock:
            cidr: 10.0.0.0/8
            except:
              - 10.1.0.0/16
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: api
  namespace: shop
spec:
  order: 10
  selector: app == 'web' && has(team)
  types:
    - Ingress
  ingress:
    - action: Allow
      protocol: TCP
      source:
        selector: app in { 'api', 'web' }
        nets:
          - 192.0.2.0/24
      destination:
        ports:
          - 80
          - 8000:8010
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata:
  name: others
  labels:
    net: others
spec:
  nets:
    - 198.51.100.0/24
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata:
  name: pool
spec:
  cidr: 10.0.0.0/16
  natOutgoing: true
`,
  'pods.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: ['web', 'api'].map((app, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: app, namespace: 'shop', labels: { app } },
      spec: { nodeName: 'node-1', containers: [{ name: app, ports: [{ name: 'http', containerPort: 8080 }] }] },
      status: { phase: 'Running', podIP: `10.0.0.${index + 2}`, podIPs: [{ ip: `10.0.0.${index + 2}` }] },
    })),
  }),
  'host.json': JSON.stringify([
    { ifname: 'eth0', addr_info: [{ family: 'inet', local: '192.0.2.1', prefixlen: 24, scope: 'global' }] },
  ]),
} as const

const WARM_UP = `
const { join, resolve } = require('node:path')
const { codeCacheFile, loaded, loadBuilt } = require(resolve(process.argv[1]))
const { writeFileSync } = require('node:fs')
const file = name => join(process.argv[2], name)
const io = {
  writeOut: async () => {}, writeError: async () => {}, readInput: async () => Buffer.of(),
  isErrorTerminal: false, isOutTerminal: false, env: {},
}
const { main } = loadBuilt('main')
async function run(...args) {
  if (await main(args, io) !== 0) throw new Error('the warm-up fails: ' + args.join(' '))
}
async function warmUp() {
  await run('--help')
  for (const command of ['check', 'compile']) await run(command, '--config', 'none', file('policy.yaml'))
  const cluster = ['policy.yaml', 'cluster.yaml', 'pods.json'].map(file)
  await run('compile', '--config', 'none', '--node', 'node-1', '--host', file('host.json'), ...cluster)
  for (const [name, { script }] of loaded) writeFileSync('dist/' + codeCacheFile(name), script.createCachedData())
}
warmUp()
`

clean()
mkdirSync('dist/cli', { recursive: true })
const core = await buildCore([MAIN])
const main = await buildMain(core)
const bundles = {
  core: { file: 'core.js', hash: hashOf(core.text) },
  main: { file: 'cli/main.cjs', hash: hashOf(main.text) },
}
writeFileSync('dist/core.js', core.text)
writeFileSync('dist/cli/main.cjs', main.text)
writeFileSync('dist/cli/start.cjs', await buildStart(bundles))
writeFileSync('dist/browser.js', `export{${core.api.join(',')}}from"./core.js";\n`)
writeFileSync('dist/index.js', nodeEntry(core.api))
const page = await buildPage()
writeFileSync('dist/THIRD-PARTY-LICENSES', licenceTexts([core.metafile, main.metafile, ...page.metafiles]))
buildCodeCache()
