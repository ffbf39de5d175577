// Spellings of options that there were once: they go on working, with a note that names the new one.

import { existsSync, statSync } from 'node:fs'
import { didYouMean } from '../text/did-you-mean.ts'

export interface Respelled {
  readonly args: readonly string[]
  readonly notes: readonly string[]
}

/** Arguments as they are written today. What is no old spelling stays as it is. */
export function respell(args: readonly string[]): Respelled {
  const [command, ...rest] = args
  const notes: string[] = []
  const out: string[] = []
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? ''
    // Behind `--` there are no options.
    if (word === '--') {
      out.push(...rest.slice(i))
      break
    }
    const { option, value, taken } = split(word, rest[i + 1])
    const found = respellOne(command ?? '', option, value)
    if (found === undefined) {
      out.push(word)
      continue
    }
    out.push(...found.words)
    if (found.note !== undefined) notes.push(found.note)
    i += found.takesValue && !taken ? 1 : 0
  }
  return { args: command === undefined ? [] : [command, ...out], notes }
}

interface Found {
  readonly words: readonly string[]
  readonly takesValue: boolean
  readonly note?: string
}

function respellOne(command: string, option: string, value: string | undefined): Found | undefined {
  const isOutput = option === '-o' || option === '--output'
  if (command === 'trace' && option === '--json')
    return { words: ['-o', 'json'], takesValue: false, note: '`--json` is `-o json` now' }
  if (command === 'which' && option === '--why-not' && value !== undefined)
    return { words: ['--endpoint', value], takesValue: true, note: '`--why-not` is `--endpoint` now' }
  // Both spellings are as good: this one says more.
  if (command === 'check' && option === '--format' && value !== undefined)
    return { words: ['-o', value], takesValue: true }
  if (command === 'convert' && isOutput && value === 'v3')
    return { words: ['-o', 'yaml'], takesValue: true, note: '`-o v3` is `-o yaml` now' }
  if (command === 'page' && isOutput && value !== undefined)
    return { words: ['--output-file', value], takesValue: true, note: '`-o FILE` is `--output-file FILE` now' }
  if (command === 'compile' && isOutput && value !== undefined && isFolderName(value))
    return { words: ['--output-dir', value], takesValue: true, note: '`-o DIR` is `--output-dir DIR` now' }
  return undefined
}

const COMPILE_FORMATS = ['text', 'json']

/** Formats of other commands and tools: nobody means a folder of that name. */
const OTHER_FORMATS = ['yaml', 'xml', 'csv', 'html', 'pretty', 'concise', 'sarif', 'github', 'wide', 'name', 'iptables']

/** A word that is nearly a format is a slip, unless there is such a folder. */
function isFolderName(value: string): boolean {
  if (value === '' || value.startsWith('-') || COMPILE_FORMATS.includes(value)) return false
  if (value.includes('/') || (existsSync(value) && statSync(value).isDirectory())) return true
  return !OTHER_FORMATS.includes(value) && didYouMean(value, COMPILE_FORMATS) === undefined
}

/** `--output=json`, `-ojson` or `-o json`. @returns `taken` when the value stands in the word itself */
function split(
  word: string,
  next: string | undefined,
): { readonly option: string; readonly value: string | undefined; readonly taken: boolean } {
  const [, long, inLong] = /^(--[^=]+)=([^]*)$/.exec(word) ?? []
  if (long !== undefined) return { option: long, value: inLong, taken: true }
  if (/^-o./.test(word)) return { option: '-o', value: word.slice(2), taken: true }
  return { option: word, value: next, taken: false }
}
