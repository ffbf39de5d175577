// The licences of packages that are inside what was built, to go with it.

import { readdirSync, readFileSync } from 'node:fs'
import type { Metafile } from 'esbuild'
import { compareBytes } from '../../src/text/bytes.ts'

/** One section for each package of which something is in the bundles. @throws for a package that ships no licence */
export function licenceTexts(metafiles: readonly Metafile[]): string {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(output =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    ),
  )
  const names = inputs.map(path => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
  const packages = [...new Set(names.filter(name => name !== undefined))].sort(compareBytes)
  return packages.map(licenceOf).join(`\n${'-'.repeat(100)}\n\n`)
}

function licenceOf(name: string): string {
  const folder = `node_modules/${name}`
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<string, string>
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
  if (file === undefined) throw new Error(`${name} has no licence in its folder`)
  return `${name} ${version ?? ''} (${license ?? ''})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`
}
