// A lesson beside the editor: text, a question to predict, a task with hints, what to remember.

import type { LessonState } from '../../state.ts'
import { answer, checkNow, leaveLesson, showHint, showSolution } from '../lessons.ts'
import { Markdown } from '../markdown.tsx'
import { setPacket, state } from '../store.ts'

export function LessonPanel() {
  const own = state.value.lesson
  if (own === undefined) return null
  const { lesson } = own
  return (
    <article class="lesson" aria-label={`Lesson: ${lesson.title}`}>
      <header>
        <h2>{lesson.title}</h2>
        <span class="quiet">{lesson.minutes} minutes</span>
        <button type="button" class="link" onClick={leaveLesson}>
          leave
        </button>
      </header>
      <Markdown text={lesson.text} />
      <Predict own={own} />
      <Task own={own} />
    </article>
  )
}

function Predict({ own }: { readonly own: LessonState }) {
  const { lesson, answers, isRevealed, outcomes } = own
  const { question, packets, because } = lesson.predict
  return (
    <section class="predict" aria-label="Predict">
      <h3>{question}</h3>
      <ul>
        {packets.map(({ title, fields }, index) => (
          <li key={title}>
            <span class="asked">{title}</span>
            <span class="switch" role="group" aria-label={title}>
              {([true, false] as const).map(getsThrough => (
                <button
                  key={String(getsThrough)}
                  type="button"
                  aria-pressed={answers[index] === getsThrough}
                  disabled={isRevealed}
                  onClick={() => void answer(index, getsThrough)}
                >
                  {getsThrough ? 'gets through' : 'does not'}
                </button>
              ))}
            </span>
            {isRevealed ? (
              <button type="button" class="link" onClick={() => setPacket(fields)}>
                {outcomes[index]}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {isRevealed ? (
        <Markdown text={because} />
      ) : (
        <p class="quiet">Answer each one; then you see what really happens.</p>
      )}
    </section>
  )
}

function Task({ own }: { readonly own: LessonState }) {
  const { lesson, results, hints, isSolutionShown } = own
  const isSolved = results?.every(({ isGood }) => isGood) === true
  return (
    <section class="task" aria-label="Task">
      <h3>Your turn</h3>
      <Markdown text={lesson.task.text} />
      <div class="task-actions">
        <button type="button" class="strong" onClick={() => void checkNow()}>
          Check
        </button>
        {hints < lesson.task.hints.length ? (
          <button type="button" onClick={showHint}>
            Hint
          </button>
        ) : null}
        <button type="button" onClick={showSolution} disabled={isSolutionShown}>
          Show a solution
        </button>
      </div>
      {hints === 0 ? null : (
        <ol class="hints">
          {lesson.task.hints.slice(0, hints).map(hint => (
            <li key={hint}>
              <Markdown text={hint} />
            </li>
          ))}
        </ol>
      )}
      {results === undefined ? null : (
        <ul class="results" role="status">
          {results.map(({ text, isGood, detail }) => (
            <li key={text} class={isGood ? 'good' : 'bad'}>
              <span class="answered">{isGood ? 'yes' : 'not yet'}</span> {text}
              <span class="quiet">{detail}</span>
            </li>
          ))}
        </ul>
      )}
      {isSolved || isSolutionShown ? (
        <>
          <h3>Remember</h3>
          <ul class="remember">
            {lesson.remember.map(line => (
              <li key={line}>
                <Markdown text={line} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  )
}
