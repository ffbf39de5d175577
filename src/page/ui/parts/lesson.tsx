// A lesson beside the editor: text, a question to predict, a task with hints, what to remember.

import type { Lesson } from '../../lesson.ts'
import type { LessonState } from '../../state.ts'
import { content } from '../content.ts'
import { answer, checkNow, leaveLesson, showHint, showSolution, startLesson } from '../lessons.ts'
import { Markdown } from '../markdown.tsx'
import { setPacket, state } from '../store.ts'

type Outcomes = LessonState['outcomes']

export function LessonPanel() {
  const own = state.value.lesson
  if (own === undefined) return null
  const { lesson } = own
  return (
    <article class="lesson" aria-label={`Lesson: ${lesson.title}`} key={lesson.title}>
      <header>
        <h2 tabIndex={-1} ref={takeFocus}>
          {lesson.title}
        </h2>
        <button type="button" onClick={leaveLesson}>
          Leave
        </button>
      </header>
      <p class="quiet">
        Lesson {content.lessons.indexOf(lesson) + 1} of {content.lessons.length}, {lesson.minutes} minutes
      </p>
      <Markdown text={lesson.text} />
      <Predict own={own} />
      <Task own={own} />
    </article>
  )
}

/** Who opens a lesson goes on in it by the keyboard. A function of the file: one of each drawing would take the focus every time. */
function takeFocus(heading: HTMLElement | null): void {
  heading?.focus()
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
            <Outcome outcome={outcomes[index]} onShow={() => setPacket(fields)} />
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

function Outcome({ outcome, onShow }: { readonly outcome: Outcomes[number] | undefined; readonly onShow: () => void }) {
  if (outcome === undefined) return null
  const { headline, isForetold } = outcome
  return (
    <p class={isForetold ? 'good' : 'bad'}>
      <span class="answered">{isForetold ? 'As you said.' : 'Not so.'}</span>
      <button type="button" class="link" title="Show the packet" onClick={onShow}>
        {headline}
      </button>
    </p>
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
        <button type="button" onClick={showSolution}>
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
          {isSolved ? <Solved lesson={lesson} /> : null}
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

function Solved({ lesson }: { readonly lesson: Lesson }) {
  const next = content.lessons[content.lessons.indexOf(lesson) + 1]
  return (
    <p class="solved good">
      <span class="answered">Solved.</span>
      {next === undefined ? null : (
        <button type="button" onClick={() => startLesson(next)}>
          Next: {next.title}
        </button>
      )}
    </p>
  )
}
