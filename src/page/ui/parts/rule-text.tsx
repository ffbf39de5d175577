// The text of a rule, what it asks and does stronger than what every rule of its chain repeats.

import { rulePieces } from '../../rule-pieces.ts'

export function RuleText({ text }: { readonly text: string }) {
  const { lead, comment, matches, does } = rulePieces(text)
  return (
    <code class="rule-text">
      <span class="lead">{lead}</span>
      <span class="comment">{comment}</span>
      {unbroken(matches)}
      <span class="does">{unbroken(does)}</span>
    </code>
  )
}

/** A line must not end within an option, where `--jump` would look like two. */
function unbroken(text: string) {
  return text.split(/( -{1,2}[a-z-]+)(?= |$)/).map((piece, index) =>
    index % 2 === 0 ? (
      piece
    ) : (
      <>
        {' '}
        <span key={index} class="option">
          {piece.slice(1)}
        </span>
      </>
    ),
  )
}
