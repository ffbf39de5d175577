// Every lesson of the page is true: it reads, its packets can be made, its start fails the task and its solution passes it,
// and what it says of packets, chains, files and names is so.

import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { checkTask, lessonInput, packetsOf } from '../src/page/check-task.ts'
import { createEngine, createEngineMemory, type Engine } from '../src/page/engine/engine.ts'
import { verdictOf } from '../src/page/engine/verdict.ts'
import type { Lesson } from '../src/page/lesson.ts'
import { readLesson } from '../src/page/read-lesson.ts'
import { ATTEMPTS } from './helpers/lesson-attempts.ts'
import { readExamples, readLessons } from './helpers/page-content.ts'

const LESSONS = readLessons()

function resultsOf(lesson: Lesson, engine: Engine) {
  const verdicts = packetsOf(lesson).map(fields => verdictOf(engine, fields))
  return checkTask(lesson, engine.view, verdicts)
}

/** Everything of a lesson that somebody reads. */
function textsOf({ text, predict, task, remember }: Lesson): readonly string[] {
  return [text, predict.question, predict.because, task.text, ...task.hints, ...remember]
}

function ruleTexts({ view }: Engine): readonly string[] {
  const rules = view.model === undefined ? [] : Object.values(view.model.rules)
  return rules.flatMap(({ tables, sets }) => [
    ...tables.flatMap(({ chains }) => chains.flatMap(chain => [chain.name, ...chain.rules.map(rule => rule.text)])),
    ...sets.map(({ name }) => name),
  ])
}

t.test('there are lessons from nothing to expert, numbered without a gap', async t => {
  t.ok(LESSONS.length >= 20)
  t.same(
    LESSONS.map(({ id }) => Number(id.slice(0, 2))),
    LESSONS.map((_, index) => index + 1),
  )
  t.equal(new Set(LESSONS.map(({ title }) => title)).size, LESSONS.length)
})

for (const lesson of LESSONS) {
  t.test(lesson.id, async t => {
    const start = createEngine(lessonInput(lesson, 'start'))
    const solution = createEngine(lessonInput(lesson, 'solution'))
    const errorsOf = ({ view }: Engine) => view.findings.filter(({ severity }) => severity === 'error')
    t.same(errorsOf(start), [], 'it starts without errors')
    t.same(errorsOf(solution), [], 'its solution has no errors')

    t.ok(lesson.minutes >= 3 && lesson.minutes <= 8, 'it takes 3 to 8 minutes')
    t.ok(lesson.packets.length >= 2, 'there are packets to try')
    t.ok(lesson.task.hints.length >= 2 && lesson.task.hints.length <= 3, 'two or three hints')
    t.ok(lesson.remember.length >= 2, 'something to remember')
    const words = textsOf(lesson).join(' ').split(/\s+/).length
    t.ok(words / 150 < lesson.minutes, `${words} words can be read in its minutes`)

    for (const { title, fields } of lesson.packets) {
      t.not(verdictOf(start, fields).verdict, 'none', `can be made: ${title}`)
      t.not(verdictOf(start, fields).verdict, 'unknown', `can be followed: ${title}`)
    }
    for (const { title, fields, verdict } of lesson.predict.packets)
      t.equal(verdictOf(start, fields).verdict, verdict, `as foretold: ${title}`)
    t.ok(lesson.predict.packets.length >= 2, 'there is something to choose between')

    const { checks } = lesson.task
    t.ok(
      checks.some(({ kind }) => kind === 'packet'),
      'the task is checked by packets',
    )
    t.ok(
      checks.some(({ kind }) => kind !== 'packet'),
      'and by structure',
    )
    const before = resultsOf(lesson, start)
    const after = resultsOf(lesson, solution)
    t.notOk(
      before.every(({ isGood }) => isGood),
      'the start fails the task',
    )
    t.same(
      after.filter(({ isGood }) => !isGood),
      [],
      'the solution passes it',
    )
    t.equal(before.length, checks.length)
    t.equal(after.length, checks.length)

    t.same(nameless(lesson, [start, solution]), [], 'chains, sets and files that its texts name are there')
  })
}

/** Names in code spans that are neither in the rules nor among the files. `…` stands for the rest of a name. */
function nameless(lesson: Lesson, engines: readonly Engine[]): readonly string[] {
  const rules = engines.flatMap(ruleTexts)
  const files = new Set([...lesson.files, ...lesson.task.solution].map(({ name }) => name))
  const spans = textsOf(lesson).flatMap(text => [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span ?? ''))
  const names = spans.filter(span => /^cali[-0-9:]|^(Start|End) of tier|^Return if|^Drop if/.test(span))
  return [
    ...names.filter(name => !rules.some(rule => rule.includes(name.replace(/\s+/g, ' ').split('…')[0] ?? name))),
    ...spans.filter(span => /^[\w-]+\.yaml$/.test(span) && !files.has(span)),
  ]
}

t.test('other right answers are taken, and near misses are not', async t => {
  for (const { lesson: number, what, isRight, edits } of ATTEMPTS) {
    const lesson = LESSONS[number - 1]
    if (lesson === undefined) throw new Error(`no lesson ${number}`)
    const input = lessonInput(lesson, 'solution')
    const unused = new Set(edits)
    const files = input.files.map(({ name, text }) => ({
      name,
      text: edits.reduce((now, edit) => {
        if (!now.includes(edit[0])) return now
        unused.delete(edit)
        return now.replace(edit[0], () => edit[1])
      }, text),
    }))
    t.equal(unused.size, 0, `${number}, ${what}: all is replaced`)
    const results = resultsOf(lesson, createEngine({ ...input, files }))
    t.equal(
      results.every(({ isGood }) => isGood),
      isRight,
      `${number}, ${what}: ${results.flatMap(({ isGood, title, detail }) => (isGood ? [] : `${title}: ${detail}`)).join('; ')}`,
    )
  }
  for (const [index] of LESSONS.entries())
    for (const isRight of [true, false])
      t.ok(
        ATTEMPTS.some(({ lesson, isRight: right }) => lesson === index + 1 && right === isRight),
        `lesson ${index + 1} has ${isRight ? 'another answer' : 'a near miss'}`,
      )
})

t.test('what an engine remembers of another input changes nothing that it shows', async t => {
  const memory = createEngineMemory()
  for (const lesson of LESSONS)
    for (const which of ['start', 'solution', 'start'] as const) {
      // One name for the files of all lessons: each is taken for a new version of the one before.
      const { files, ...rest } = lessonInput(lesson, which)
      const input = { ...rest, files: files.map(({ text }, index) => ({ name: `${index}.yaml`, text })) }
      if (!isDeepStrictEqual(createEngine(input, memory).view, createEngine(input).view))
        t.fail(`${lesson.id}, ${which}`)
    }
})

t.test('each example opens with a packet that can be followed', async t => {
  for (const { id, files, host, node, packet, purpose } of readExamples()) {
    const engine = createEngine({ files, host, node, release: '' })
    t.ok(packet !== undefined, `${id} has a packet`)
    const found = verdictOf(engine, packet ?? {})
    t.match(found.verdict, /^(accept|drop|reject)$/, `${id}: ${found.headline}`)
    t.equal(purpose.split(/[.?] /).length, 2, `${id} says in two sentences what it is for`)
  }
})

t.test('what is wrong with a lesson is said with its file', async t => {
  const yaml = { name: 'cluster.yaml', text: '' }
  const solution = { name: 'solution/cluster.yaml', text: '' }
  const lesson = (text: string) => readLesson('mine', [yaml, solution, { name: 'lesson.md', text }])
  t.match(readLesson('mine', [yaml]), { error: 'mine: lesson.md is missing' })
  t.match(lesson('no front matter'), { error: /^mine\/lesson\.md: front matter/ })
  t.match(lesson('---\na: [\n---\ntext\n'), { error: /^mine\/lesson\.md: / })
  t.match(lesson('---\ntitle: t\nminuets: 3\n---\ntext\n'), { error: /minuets/ })
  const head = `---
title: t
minutes: 3
predict: { question: q, packets: [{ title: p, from: 192.0.2.1, to: host, verdict: drop }], because: b }
task: { text: t, checks: [{ kind: policy, title: c, flag: preDNAT }], hints: [h] }
remember: [r]
---
text
`
  const text = { name: 'lesson.md', text: head }
  t.match(readLesson('mine', [text, yaml, solution]), {
    lesson: { id: 'mine', predict: { packets: [{ verdict: 'drop' }] } },
  })
  t.match(lesson(head.replace(', verdict: drop', '')), { error: /verdict/ })
  t.match(readLesson('mine', [text, solution]), { error: 'mine: no *.yaml to start with' })
  t.match(readLesson('mine', [text, yaml]), { error: 'mine: no solution/*.yaml' })
})
