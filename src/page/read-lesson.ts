// A lesson's folder -> the lesson: front matter and text of lesson.md, and the YAML beside it. What is wrong is an error with
// its file.

import { parse } from 'yaml'
import * as z from 'zod'
import type { Lesson, NamedPacket } from './lesson.ts'
import type { PageFile } from './view.ts'

const FIELDS = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const PACKET = z.object({ title: z.string() }).catchall(z.union([z.string(), z.number(), z.boolean()]))

/** What a lesson says that becomes of a packet. It has to be so: its explanation rests on it. */
const VERDICT = z.enum(['accept', 'drop', 'reject'])
const FORETOLD = PACKET.extend({ verdict: VERDICT })

const CHECK = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('packet'),
      title: z.string(),
      verdict: VERDICT,
      log: z.boolean().optional(),
      packet: FIELDS,
    })
    .strict(),
  z
    .object({
      kind: z.literal('policy'),
      title: z.string(),
      flag: z.string().optional(),
      tier: z.string().optional(),
      is: z.string().optional(),
      absent: z.boolean().optional(),
    })
    .strict(),
  z
    .object({
      kind: z.literal('rule'),
      title: z.string(),
      has: z.array(z.string()).min(1),
      absent: z.boolean().optional(),
    })
    .strict(),
])

const FRONT = z
  .object({
    title: z.string(),
    minutes: z.number().int().min(1).max(30),
    node: z.string().default(''),
    packets: z.array(PACKET).default([]),
    predict: z.object({ question: z.string(), packets: z.array(FORETOLD).min(1), because: z.string() }).strict(),
    task: z.object({ text: z.string(), checks: z.array(CHECK).min(1), hints: z.array(z.string()).min(1) }).strict(),
    remember: z.array(z.string()).min(1),
  })
  .strict()

export type ReadLesson = { readonly lesson: Lesson } | { readonly error: string }

/**
 * @param id name of the folder
 * @param files lesson.md; `*.yaml`, the start; `solution/*.yaml`, what it becomes (files of the same name, or more); host.json
 */
export function readLesson(id: string, files: readonly PageFile[]): ReadLesson {
  const text = files.find(({ name }) => name === 'lesson.md')?.text
  if (text === undefined) return { error: `${id}: lesson.md is missing` }
  const [, head, body] = /^---\n([^]*?)\n---\n([^]*)$/.exec(text.replaceAll('\r\n', '\n')) ?? []
  if (head === undefined || body === undefined)
    return { error: `${id}/lesson.md: front matter between two lines \`---\` is missing` }
  let value: unknown
  try {
    value = parse(head)
  } catch (error) {
    return { error: `${id}/lesson.md: ${error instanceof Error ? error.message : String(error)}` }
  }
  const read = FRONT.safeParse(value)
  if (!read.success) return { error: `${id}/lesson.md: ${z.prettifyError(read.error)}` }
  const start = files.filter(({ name }) => /^[^/]+\.ya?ml$/.test(name))
  const solution = files
    .filter(({ name }) => /^solution\/[^/]+\.ya?ml$/.test(name))
    .map(({ name, text: solved }) => ({ name: name.slice('solution/'.length), text: solved }))
  if (start.length === 0) return { error: `${id}: no *.yaml to start with` }
  if (solution.length === 0) return { error: `${id}: no solution/*.yaml` }
  return { lesson: lessonOf(id, read.data, body.trim(), { start, solution, files }) }
}

interface LessonFiles {
  readonly start: readonly PageFile[]
  readonly solution: readonly PageFile[]
  readonly files: readonly PageFile[]
}

function lessonOf(
  id: string,
  front: z.infer<typeof FRONT>,
  text: string,
  { start, solution, files }: LessonFiles,
): Lesson {
  const { title, minutes, node, packets, predict, task, remember } = front
  return {
    id,
    title,
    minutes,
    text,
    files: start,
    host: files.find(({ name }) => name === 'host.json')?.text ?? '',
    node,
    packets: packets.map(namedPacket),
    predict: {
      ...predict,
      packets: predict.packets.map(({ verdict, ...packet }) => ({ ...namedPacket(packet), verdict })),
    },
    task: {
      text: task.text,
      hints: task.hints,
      solution,
      checks: task.checks.map(check =>
        check.kind === 'packet'
          ? withoutUndefined({
              kind: check.kind,
              title: check.title,
              verdict: check.verdict,
              log: check.log,
              fields: texts(check.packet),
            })
          : withoutUndefined(check),
      ),
    },
    remember,
  }
}

function namedPacket({ title, ...fields }: z.infer<typeof PACKET>): NamedPacket {
  return { title, fields: texts(fields) }
}

function texts(fields: Readonly<Record<string, string | number | boolean>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
}

function withoutUndefined<T extends object>(value: T): never {
  return Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as never
}
