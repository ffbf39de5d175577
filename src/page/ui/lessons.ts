// Going through a lesson: its start, the prediction, the task, hints and the solution.

import { checkTask, lessonInput, packetsOf } from '../check-task.ts'
import type { Lesson } from '../lesson.ts'
import type { LessonState } from '../state.ts'
import type { PageFile, Place } from '../view.ts'
import { set, setInput, setPacket, show, state, tryInput, verdicts } from './store.ts'

export function startLesson(lesson: Lesson): void {
  const own: LessonState = {
    lesson,
    answers: lesson.predict.packets.map(() => undefined),
    isRevealed: false,
    outcomes: [],
    hints: 0,
    isSolutionShown: false,
  }
  const { base: _, ...rest } = state.value
  state.value = { ...rest, lesson: own, dialog: 'none', undo: [], part: 'source', endpoint: '' }
  setInput(lessonInput(lesson, 'start'))
  const [first] = lesson.packets
  if (first !== undefined) setPacket(first.fields)
}

export function leaveLesson(): void {
  const { lesson: _, ...rest } = state.value
  state.value = rest
}

function change(part: Partial<LessonState>): void {
  const { lesson } = state.value
  if (lesson !== undefined) set({ lesson: { ...lesson, ...part } })
}

/** Once the last packet has an answer, what really becomes of them is shown. */
export async function answer(index: number, getsThrough: boolean): Promise<void> {
  const own = state.value.lesson
  if (own === undefined || own.isRevealed) return
  const answers = own.answers.map((given, at) => (at === index ? getsThrough : given))
  change({ answers })
  if (answers.some(given => given === undefined)) return
  const { lesson } = own
  const found = await verdicts({
    input: lessonInput(lesson, 'start'),
    packets: lesson.predict.packets.map(({ fields }) => fields),
  })
  if (found === undefined) return
  const outcomes = found.verdicts.map(({ verdict, headline }, at) => ({
    headline,
    isForetold: answers[at] === (verdict === 'accept'),
  }))
  change({ isRevealed: true, outcomes })
}

export async function checkNow(): Promise<void> {
  const own = state.value.lesson
  if (own === undefined) return
  const found = await verdicts({ input: state.value.input, packets: packetsOf(own.lesson) })
  if (found === undefined) return
  const results = checkTask(own.lesson, found.view, found.verdicts)
  change({ results: results.map(({ title, isGood, detail }) => ({ text: title, isGood, detail })) })
}

export function showHint(): void {
  const own = state.value.lesson
  if (own !== undefined) change({ hints: Math.min(own.hints + 1, own.lesson.task.hints.length) })
}

export function showSolution(): void {
  const own = state.value.lesson
  if (own === undefined) return
  change({ isSolutionShown: true })
  const before = state.value.input.files
  const input = lessonInput(own.lesson, 'solution')
  tryInput(input)
  const place = firstChange(before, input.files)
  if (place !== undefined) show(place)
  void checkNow()
}

/** Where the solution begins to differ from what was there. */
function firstChange(before: readonly PageFile[], after: readonly PageFile[]): Place | undefined {
  for (const { name: file, text } of after) {
    const old = before.find(({ name }) => name === file)?.text ?? ''
    if (old === text) continue
    let same = 0
    while (same < text.length && old[same] === text[same]) same++
    const start = text.lastIndexOf('\n', same) + 1
    return { file, start, end: start, line: text.slice(0, start).split('\n').length }
  }
  return undefined
}
