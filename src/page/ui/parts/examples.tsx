// Lessons to go through and examples to look at.

import { content } from '../content.ts'
import { startLesson } from '../lessons.ts'
import { set, setInput, setPacket, state } from '../store.ts'
import type { Example } from '../../content.ts'

export function Examples() {
  const { lessons, examples } = content
  return (
    <>
      <h3>Lessons, from nothing to expert</h3>
      <ol class="lesson-list">
        {lessons.map(lesson => (
          <li key={lesson.id}>
            <button type="button" class="choice" onClick={() => startLesson(lesson)}>
              {lesson.title} <span class="quiet">{lesson.minutes} min</span>
            </button>
          </li>
        ))}
      </ol>
      <h3>Examples</h3>
      <ul class="example-list">
        {examples.map(example => (
          <li key={example.id}>
            <button type="button" class="choice" onClick={() => open(example)}>
              {example.title}
            </button>
            <p class="quiet">{example.purpose}</p>
          </li>
        ))}
      </ul>
    </>
  )
}

function open({ files, host, node, packet }: Example): void {
  const { lesson: _, base: __, ...rest } = state.value
  state.value = {
    ...rest,
    dialog: 'none',
    undo: [],
    endpoint: '',
    packet: packet ?? { from: '', to: '', proto: 'tcp', dport: '80' },
  }
  setInput({ files, host, node, release: '' })
  if (packet !== undefined) setPacket(packet)
  set({ part: 'source' })
}
