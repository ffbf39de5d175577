// How the bundles of dist/ hang together: one core, which is all of the API and whatever else of it the command line and the
// page need, and beside it what only one of them has. Used by the builds alone.

import { readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild'
import { minify } from 'oxc-minify'
import { withoutCycles, withoutFormats, withoutJsonSchemas, withUnicodeOfBrowser } from './page-plugins.ts'

/** Run from the folder of the project, as npm scripts are. */
const ROOT = process.cwd()

/** What a bundle that needs the core imports it by. */
export const CORE = '#core'

/** Packages that are in the core alone: who imports them belongs to it. */
const PACKAGES_OF_CORE = /^(zod|yaml|re2js|ipaddr\.js)$/

export const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  target: ['es2022', 'node20'],
  legalComments: 'none',
  charset: 'ascii',
  logLevel: 'warning',
} as const satisfies BuildOptions

/**
 * What esbuild made of a bundle, made small once more: esbuild leaves out what is not used, and oxc writes what is left in 3% less.
 * @param module an ES module, which is strict without saying so
 */
export async function writtenSmaller(text: string, { module }: { readonly module: boolean }): Promise<string> {
  const { code, errors } = await minify('bundle.js', text, {
    module,
    compress: { target: 'es2022' },
  })
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
  // Bundles are read as Latin-1, and an escape means the same in strings, templates and regular expressions.
  const escaped = /.{0,40}\\[^\x00-\x7f].{0,20}/.exec(code)?.[0]
  if (escaped !== undefined) throw new Error(`write \\u behind a backslash: ${escaped}`)
  return code.replace(/[^\x00-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Classes of packages that most runs do not need. */
const LAZY_PACKAGES: Readonly<Record<string, readonly string[]>> = { re2js: ['RE2JS'] }

/**
 * Doors to what a small input does not need: reading other formats, naming mistakes, answering questions. What is behind them is
 * evaluated at their first call, and until then V8 makes nothing of it. They are called for documents, never for items of them.
 */
const LAZY_FILES: readonly string[] = [
  'src/ask.ts',
  'src/assertions.ts',
  'src/convert.ts',
  'src/fix.ts',
  'src/lockout.ts',
  'src/reach.ts',
  'src/answers/dead-rules.ts',
  'src/answers/warn-of-dead-rules.ts',
  'src/documents/json-documents.ts',
  'src/documents/yaml-documents.ts',
  'src/documents/yaml-places.ts',
  'src/hints/document-hints.ts',
  'src/hints/document-kinds.ts',
  'src/hints/field-advice.ts',
  'src/hints/field-case.ts',
  'src/hints/kubernetes-values.ts',
  'src/hints/mend-selector.ts',
  'src/hints/selector-faults.ts',
  'src/hints/shape-hints.ts',
  'src/parser/calico-v1/convert.ts',
  'src/parser/calico-v3/check-pool.ts',
  'src/parser/calico-v3/check-profile.ts',
  'src/parser/calico-v3/check-routing.ts',
  'src/parser/calico-v3/decode-felix.ts',
  'src/parser/calico-v3/decode-kube-controllers.ts',
  'src/parser/calico-v3/decode-node.ts',
  'src/parser/calico-v3/decode-workload-endpoint.ts',
  'src/parser/calico-v3/felix-schema.ts',
  'src/parser/calico-v3/kube-controllers-schema.ts',
  'src/parser/felix-environment/decode-installation.ts',
  'src/parser/felix-environment/read-file.ts',
  'src/parser/kubernetes/decode-admin-policy.ts',
  'src/parser/kubernetes/decode-cluster-policy.ts',
  'src/parser/kubernetes/decode-cluster.ts',
  'src/parser/kubernetes/decode-config-map.ts',
  'src/parser/kubernetes/decode-pod-template.ts',
  'src/parser/kubernetes/decode-policy.ts',
  'src/parser/kubernetes/decode-service.ts',
  'src/parser/kubernetes/decode-staged-policy.ts',
  'src/parser/stored-form.ts',
  'src/reader/parse-host.ts',
  'src/reader/read-kernel-tables.ts',
  'src/reader/read-ruleset.ts',
]

interface Values {
  readonly functions: readonly string[]
  readonly classes: readonly string[]
}

/** A module with the same exports, which evaluates the real one when one of them is called or made an instance of. */
function lazyModule(real: string, { functions, classes }: Values): string {
  return [
    'let module',
    `const real = () => (module ??= require(${JSON.stringify(real)}))`,
    ...functions.map(name => `export function ${name}(...given) { return real().${name}(...given) }`),
    ...classes.map(
      name => `export const ${name} = /* @__PURE__ */ new Proxy(function () {}, {
        get: (_, key) => Reflect.get(real().${name}, key),
        construct: (_, given) => Reflect.construct(real().${name}, given),
      })`,
    ),
  ].join('\n')
}

/** @throws for a value that is neither function nor class: nothing can stand in for it */
function valuesOf(file: string): Values {
  const values: { functions: string[]; classes: string[] } = { functions: [], classes: [] }
  for (const [, written = ''] of readFileSync(file, 'utf8').matchAll(/^export (?!type |interface )(.*)$/gm)) {
    const isFunction = /^function (\w+)|^const (\w+)(?:: \w+)? = (?:\(|decoder\()/.exec(written)
    const [, className] = /^class (\w+)/.exec(written) ?? []
    const name = isFunction?.[1] ?? isFunction?.[2]
    if (name !== undefined) values.functions.push(name)
    else if (className !== undefined) values.classes.push(className)
    else throw new Error(`${file} cannot be loaded on first use: ${written}`)
  }
  return values
}

const REAL = '?real'

/** The package itself is looked for. */
const IS_REAL = Symbol('real')

const lazyParts: Plugin = {
  name: 'lazy-parts',
  setup: ({ onLoad, onResolve, resolve: find }) => {
    onResolve({ filter: /\?real$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.slice(0, -REAL.length)),
      namespace: 'real',
    }))
    onLoad({ filter: /./, namespace: 'real' }, ({ path }) => ({
      contents: readFileSync(path, 'utf8'),
      loader: 'ts',
      resolveDir: dirname(path),
    }))
    onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) =>
      LAZY_FILES.includes(relative(ROOT, path))
        ? { contents: lazyModule(`./${basename(path)}${REAL}`, valuesOf(path)), resolveDir: dirname(path) }
        : undefined,
    )
    onResolve({ filter: /./ }, ({ path, namespace, kind, pluginData }) => {
      if (!Object.hasOwn(LAZY_PACKAGES, path) || pluginData === IS_REAL) return undefined
      // The same file that an import would get, also where it is required.
      if (namespace === 'lazy') return find(path, { kind: 'import-statement', resolveDir: ROOT, pluginData: IS_REAL })
      return kind === 'import-statement' ? { path, namespace: 'lazy' } : undefined
    })
    onLoad({ filter: /./, namespace: 'lazy' }, ({ path }) => ({
      contents: lazyModule(path, { functions: [], classes: LAZY_PACKAGES[path] ?? [] }),
      resolveDir: ROOT,
    }))
  },
}

/** Names that others import from a file of the core. */
type Imports = ReadonlyMap<string, ReadonlySet<string>>

export interface Core {
  /** An ES module without imports: exports the API by its names, and of each file that others need a function that gives what is in it. */
  readonly text: string
  /** Names of the API. */
  readonly api: readonly string[]
  readonly metafile: Metafile
  /** For bundles that use it: their imports of its files become imports of `#core`. */
  readonly asExternal: Plugin
}

/** @param others entry points of the bundles beside it */
export async function buildCore(others: readonly string[]): Promise<Core> {
  const files = await filesOfCore(others)
  const imports = await importsFrom(files, others)
  const short = new Map([...imports.keys()].sort().map((file, index) => [file, `f${index}`]))
  const entry = [
    "export * from './src/index.ts'",
    ...[...short].map(([file, name]) => `export const ${name} = () => require('needed:${file}')`),
  ].join('\n')
  const { outputFiles, metafile } = await build({
    ...COMMON,
    stdin: { contents: entry, resolveDir: ROOT, loader: 'ts' },
    platform: 'browser',
    format: 'esm',
    plugins: [withoutCycles, withoutFormats, withoutJsonSchemas, withUnicodeOfBrowser, lazyParts, neededParts(imports)],
  })
  const [output] = Object.values(metafile.outputs)
  const asExternal: Plugin = {
    name: 'core-is-external',
    setup: ({ onLoad, onResolve }) => {
      onResolve({ filter: /^#core$/ }, () => ({ path: CORE, external: true }))
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(ROOT, path)
        if (!files.has(file)) return undefined
        const names = [...(imports.get(file) ?? [])]
        if (names.length === 0) return { contents: 'export {}' }
        const name = short.get(file) ?? ''
        return {
          contents: [
            `import { ${name} } from '${CORE}'`,
            `const { ${names.map(exported => `${exported}: _${exported}`).join(', ')} } = /* @__PURE__ */ ${name}()`,
            `export { ${names.map(exported => `_${exported} as ${exported}`).join(', ')} }`,
          ].join('\n'),
        }
      })
    },
  }
  return {
    text: await writtenSmaller(outputFiles[0]?.text ?? '', { module: true }),
    api: (output?.exports ?? []).filter(name => !/^f\d+$/.test(name)),
    metafile,
    asExternal,
  }
}

/** `needed:FILE` has of a file what others need, so that the rest of it can be left out. */
function neededParts(imports: Imports): Plugin {
  return {
    name: 'needed-parts',
    setup: ({ onLoad, onResolve }) => {
      onResolve({ filter: /^needed:/ }, ({ path }) => ({ path: path.slice('needed:'.length), namespace: 'needed' }))
      onLoad({ filter: /./, namespace: 'needed' }, ({ path }) => ({
        contents: `export { ${[...(imports.get(path) ?? [])].join(', ')} } from './${path}'`,
        resolveDir: ROOT,
      }))
    },
  }
}

/** All files that the API reaches, and those others that have to share a package with it; `text/` is small and anybody's. */
async function filesOfCore(others: readonly string[]): Promise<ReadonlySet<string>> {
  const core = new Set(await reached(['src/index.ts']))
  const all = await reached(others)
  for (const file of all) {
    if (!isOfCommandsOrUi(file) && importsOf(file).some(({ from }) => PACKAGES_OF_CORE.test(from)))
      for (const needed of await reached([file])) core.add(needed)
  }
  for (const file of core)
    if (file.startsWith('src/text/') && file !== 'src/text/regular-expression.ts') core.delete(file)
  return core
}

function isOfCommandsOrUi(file: string): boolean {
  return file.startsWith('src/cli/') || file.startsWith('src/page/ui/')
}

async function reached(entryPoints: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: [...entryPoints],
    outdir: 'dist',
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  })
  return Object.keys(metafile.inputs).filter(path => path.startsWith('src/'))
}

async function importsFrom(core: ReadonlySet<string>, others: readonly string[]): Promise<Imports> {
  const found = new Map<string, Set<string>>()
  for (const file of await reached(others)) {
    if (core.has(file)) continue
    for (const { from, names } of importsOf(file)) {
      const target = relative(ROOT, resolve(dirname(file), from))
      if (!from.startsWith('.') || !core.has(target)) continue
      const known = found.get(target) ?? new Set()
      for (const name of names) known.add(name)
      found.set(target, known)
    }
  }
  return found
}

interface Import {
  readonly from: string
  /** Values by the names they are exported by. */
  readonly names: readonly string[]
}

/** Of files that were formatted: `import { a, type B, c as d } from '…'`, `export … from '…'` and `import('…')`. */
function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const lists = [...text.matchAll(/^(?:import|export)\s+(?!type\b)(\{[^}]*\}|[^'{}]*?)\s*from\s+'([^']+)'/gms)]
  const dynamic = [...text.matchAll(/const\s+(\{[^}]*\})\s*=\s*await\s+import\('([^']+)'\)/g)]
  const single = [...text.matchAll(/\(await\s+import\('([^']+)'\)\)\.(\w+)/g)].map(([all, from, name]) => [
    all,
    name,
    from,
  ])
  return [...lists, ...dynamic, ...single].map(([, list = '', from = '']) => ({
    from,
    names: list
      .replace(/^\{|\}$/g, '')
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== '' && !name.startsWith('type ') && !name.startsWith('*'))
      .map(name => name.split(/\s+as\s+|\s*:\s*/)[0] ?? name),
  }))
}
