// What the editor offers while one types: fields of policies where a key stands, values and labels of the input elsewhere.

import type { CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete'
import type { PageState } from '../../state.ts'
import { FIELD_HELP, VALUES } from './field-data.ts'

export function completeFrom(current: () => PageState): CompletionSource {
  return context => completeLabels(context, current()) ?? completeValues(context) ?? completeFields(context)
}

/** Inside a selector: labels that endpoints have, and behind `==` their values. */
function completeLabels(context: CompletionContext, { labels }: PageState): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos)
  const before = line.text.slice(0, context.pos - line.from)
  if (!/^\s*(?:- )?(?:selector|namespaceSelector|notSelector|nodeSelector|serviceAccountSelector):/.test(before))
    return null
  const value = /(?<key>[\w./-]+)\s*(?:==|!=)\s*['"](?<typed>[^'"]*)$/.exec(before)?.groups
  if (value !== undefined) {
    const values = labels.find(({ key }) => key === value['key'])?.values ?? []
    return {
      from: context.pos - (value['typed'] ?? '').length,
      options: values.map(label => ({ label, type: 'text' })),
    }
  }
  const typed = /[\w./-]*$/.exec(before)?.[0] ?? ''
  if (typed === '' && !context.explicit) return null
  const options = [
    ...labels.map(({ key, values }) => ({ label: key, type: 'property', detail: values.slice(0, 3).join(', ') })),
    ...['all()', 'global()', 'has(', 'in {', 'not in {'].map(label => ({ label, type: 'function' })),
  ]
  return { from: context.pos - typed.length, options }
}

function completeValues(context: CompletionContext): CompletionResult | null {
  const found = context.matchBefore(/^\s*(?:- )*(\w+):\s+[\w.]*$/)
  const line = context.state.doc.lineAt(context.pos)
  const [, key = '', typed = ''] =
    /^\s*(?:- )*(\w+):\s+([\w.]*)$/.exec(line.text.slice(0, context.pos - line.from)) ?? []
  const values = VALUES[key]
  if (values === undefined || (found === null && !context.explicit)) return null
  return { from: context.pos - typed.length, options: values.map(label => ({ label, type: 'enum' })) }
}

function completeFields(context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos)
  const [, typed] = /^\s*(?:- )*(\w*)$/.exec(line.text.slice(0, context.pos - line.from)) ?? []
  if (typed === undefined || (typed === '' && !context.explicit)) return null
  const options = Object.entries(FIELD_HELP).map(([label, info]) => ({
    label,
    type: 'property',
    info,
    apply: `${label}: `,
  }))
  return { from: context.pos - typed.length, options }
}
