// Parts of a resource whose fields have the names of other formats, or values of the wrong shape: each is told once, with what to
// write, and put right.

import type { Path } from '../diagnostics/source.ts'
import { orList } from '../text/wording.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { MAX_QUOTE } from '../text/printable.ts'
import { type Content, convert, fits, partIn, type Parts } from './parts.ts'
import type { Shape } from './shape.ts'
import { flowText, isMapping, type Mapping } from './shape-rewrites.ts'

/** A part, and all that is in it. */
export function straightenPart(parts: Parts, name: string, holder: Mapping, path: Path, shape: Shape): void {
  const part = parts[name]
  if (part?.fields === undefined) return
  part.prepare?.(holder, path, shape)
  for (const key of Object.keys(holder)) {
    if (Object.hasOwn(part.fields, key) || part.foreign?.(key, holder, path, shape) === true) continue
    rename(parts, name, key, holder, path, shape)
  }
  for (const [field, content] of Object.entries(part.fields)) {
    const value = holder[field]
    if (value !== undefined && value !== null) straightenField(parts, field, content, holder, path, shape)
  }
  if (Object.keys(holder).length === 0 && shape.isFaulty(path)) part.fill?.(holder)
}

/** Tells of a field that does not exist and takes it out. With `word` and `converted`, what to write in place of it all. */
export function tellUnknown(
  holder: Mapping,
  at: Path,
  shape: Shape,
  help: string,
  { word, converted }: { readonly word?: string; readonly converted?: unknown } = {},
): void {
  const key = String(at.at(-1))
  const where = at.slice(0, -1).findLast(step => typeof step === 'string')
  const edits = [{ place: shape.place(at, 'key'), text: word ?? '' }]
  if (converted !== undefined) edits.push({ place: shape.place(at, 'value'), text: flowText(converted) })
  const title = `write \`${word}${converted === undefined ? '' : `: ${flowText(converted)}`}\``
  // The place of a list or mapping is not all of it.
  const isWhole = word !== undefined && (converted === undefined || typeof holder[key] !== 'object')
  const message = `unknown field \`${key}\`${where === undefined ? '' : ` in \`${where}\``}`
  shape.fault('unknown-field', message, at, help, 'key', { fix: isWhole ? { title, edits } : undefined })
  delete holder[key]
}

/** A field that does not exist here: what it holds is put into the one that was meant, in its shape. */
function rename(parts: Parts, name: string, key: string, holder: Mapping, path: Path, shape: Shape): void {
  const { fields = {}, words = {} } = parts[name] ?? {}
  const known = Object.keys(fields)
  const value = holder[key]
  const at: Path = [...path, key]
  const word = (Object.hasOwn(words, key) ? words[key] : undefined) ?? didYouMean(key, known)
  if (word === undefined) {
    // Nothing would be left of it.
    if (parts[name]?.fill !== undefined) tellUnknown(holder, at, shape, `here stand ${orList(known)}`)
    return
  }
  const isCase = word.toLowerCase() === key.toLowerCase()
  // Calico's loader takes names of any case, which is for the reader of fields to warn of.
  if (isCase && !shape.vocabulary.isKubernetes) return
  if (Object.hasOwn(holder, word)) {
    tellUnknown(
      holder,
      at,
      shape,
      isCase || !Object.hasOwn(words, key) ? `did you mean \`${word}\`?` : `leave it out: \`${word}\` stands beside it`,
    )
    return
  }
  const content = fields[word] ?? 'value'
  const shaped = isCase ? value : convert(parts, content, value, word, shape)
  const whole = isCase ? value : mended(parts, content, shaped, word, path, shape)
  // What is too long to be shown whole is told part by part.
  const converted = whole !== undefined && `${word}: ${flowText(whole)}`.length > MAX_QUOTE ? shaped : whole
  if (isCase) tellUnknown(holder, at, shape, `field names are case-sensitive here; write \`${word}\``, { word })
  else if (converted === undefined || converted === value) tellUnknown(holder, at, shape, `did you mean \`${word}\`?`)
  else tellUnknown(holder, at, shape, `write \`${word}: ${flowText(converted)}\``, { word, converted })
  if (converted === undefined) return
  holder[word] = converted
  shape.moves.add({ from: at, to: [...path, word] })
  if (Array.isArray(converted) && !Array.isArray(value))
    for (const index of converted.keys()) shape.moves.add({ from: at, to: [...path, word, index] })
}

/** What stands in a field of another format has the words of it inside too: they belong to the same mistake. */
function mended(parts: Parts, content: Content, value: unknown, word: string, path: Path, shape: Shape): unknown {
  if (value === undefined || content === 'value' || typeof value !== 'object') return value
  const holder: Mapping = { [word]: structuredClone(value) }
  const isFaulty = shape.quietly(() => straightenField(parts, word, content, holder, path, shape))
  return isFaulty ? holder[word] : value
}

function straightenField(
  parts: Parts,
  field: string,
  content: Content,
  holder: Mapping,
  path: Path,
  shape: Shape,
): void {
  if (content === 'value') return
  const at: Path = [...path, field]
  const value = holder[field]
  const part = partIn(parts, content)
  const isList = content.endsWith('[]') || content === 'texts'
  if (isList && isMapping(value) && part !== undefined && fits(part, value)) shape.wrap(holder, field, path)
  else if (isList ? !Array.isArray(value) : part !== undefined && !fits(part, value))
    replace(parts, field, content, holder, at, shape)
  const name = content.replace('[]', '')
  const now = holder[field]
  if (isMapping(now)) straightenPart(parts, name, now, at, shape)
  if (!Array.isArray(now) || part === undefined) return
  const items = now as unknown as Mapping
  for (const index of now.keys()) {
    const item: unknown = now[index]
    if (item !== null && !fits(part, item)) replace(parts, String(index), name, items, [...at, index], shape, field)
    const straight: unknown = now[index]
    if (isMapping(straight)) straightenPart(parts, name, straight, [...at, index], shape)
  }
}

/** A value of the wrong type, where it tells what was meant. */
function replace(
  parts: Parts,
  key: string,
  content: Content,
  holder: Mapping,
  at: Path,
  shape: Shape,
  field = key,
): void {
  const value = holder[key]
  const converted = convert(parts, content, value, field, shape)
  if (converted === undefined) return
  const text = flowText(converted)
  const place = shape.place(at, 'value')
  const isDashed = Array.isArray(value) && value.every(isMapping)
  // A block of lines is not put on one line.
  const fix = typeof value === 'object' ? undefined : { title: `write ${text}`, edits: [{ place, text }] }
  const wanted = Array.isArray(converted) ? 'a list' : isMapping(converted) ? 'a mapping' : 'text'
  const what = key === field ? `\`${field}\`` : `an item of \`${field}\``
  // The place of a list or mapping is that of its key.
  const whole = typeof value === 'object' && key === field ? `${field}: ${text}` : text
  const help = isDashed && isMapping(converted) ? 'remove the `- ` in front of its fields' : `write \`${whole}\``
  shape.fault('wrong-type', `${what} has to be ${wanted}`, at, help, typeof value === 'object' ? 'key' : 'value', {
    fix,
  })
  holder[key] = converted
  if (!Array.isArray(converted) || Array.isArray(value)) return
  for (const index of converted.keys()) shape.moves.add({ from: at, to: [...at, index] })
}
