// What is wrong with a selector, in words that help to mend it.

import type { SelectorFault } from '../selector/tokens.ts'
import { mendSelector } from './mend-selector.ts'
import { equalitySelectorText } from './shape-rewrites.ts'

interface Advice {
  readonly message: string
  readonly help?: string | undefined
}

/** Selectors of other languages: what is wrong with the whole of one, and what to write where no more can be told. */
const WHOLE: readonly (readonly [sign: RegExp, message: string, help?: string])[] = [
  [/^\s*\*\s*$/, '`*` is not a selector', 'write `all()` for everything'],
  [/^\s*(?:not\s+|!\s*)?has\s+[\w./-]+\s*$/, '`has` needs its label in brackets'],
  [/(?:^|[\s(&|])not\s*(?:has|all|global)?\(/, '`not` is not an operator here', 'write `!(…)`'],
  [/\bin\s*\[/, 'a set of values starts with `{`', "write `in {'a', 'b'}`"],
  [
    /=~|!~|\s(?:i?like|match(?:es)?|regexp?)\s/i,
    'selectors know no regular expressions',
    "write `contains 'text'`, `starts with 'text'` or `ends with 'text'`",
  ],
  [/<>/, '`<>` is not an operator', 'write `!=`'],
  [/!==/, '`!==` is not an operator', 'write `!=`'],
  [/^\s*[\w./-]+\s*:\s*["']?[\w./-]+["']?\s*$/, 'this is a label as `labels` has it'],
  [/^\s*(?:exists|defined|haslabel|label)\(/i, 'the function is called `has`', 'write `has(label)`'],
  [/===/, '`===` is not an operator', 'write `==`'],
]

/** What is wrong, and what to write: the word in question where it alone is wrong, else the whole selector as it was meant. */
export function describeSelectorFault(fault: SelectorFault, text: string): Advice {
  const { message, help } = describeFault(fault, text)
  const mended = mendSelector(text)
  if (mended === undefined) return help === undefined ? { message } : { message, help }
  const isBareWord = fault.code === 'label-without-operator'
  const isLocal = mended.slips === 1 && help !== undefined && !isBareWord && !isGeneral(help)
  return { message, help: isLocal ? help : `write \`${mended.text}\`` }
}

/** Whether a cure says how such things are written, and not how this one is. */
function isGeneral(help: string): boolean {
  return /^(?:operators are|functions are|join terms|write .*(?:'a', 'b'|'text'|\(label\)|\(\u2026\)))/.test(help)
}

function describeFault(fault: SelectorFault, text: string): Advice {
  const found = text.slice(fault.start, fault.end)
  const rest = text.slice(fault.start).trimStart()
  const equality = equalitySelectorText(text)
  if (equality !== undefined && (text.includes(',') || !/[=!]=/.test(text))) {
    return {
      message: text.includes(',') ? 'this is the selector language of kubectl' : 'a single `=` is not an operator',
      help: `write \`${equality}\``,
    }
  }
  const whole = WHOLE.find(([sign]) => sign.test(text))
  if (whole !== undefined) return { message: whole[1], help: whole[2] }
  switch (fault.code) {
    case 'label-without-operator':
      if (found === 'all' || found === 'global')
        return { message: `\`${found}\` is a bare word`, help: `write \`${found}()\`` }
      return {
        message: `label \`${found}\` has no operator after it`,
        help: `write \`has(${found})\`, or compare it: \`${found} == 'value'\``,
      }
    case 'value-not-quoted':
      return found === ''
        ? { message: 'a quoted value is missing at the end', help: "write the value in quotes: == 'value'" }
        : { message: `the value \`${found}\` is not in quotes`, help: `quote it: \`'${found}'\`` }
    case 'single-equals':
      return { message: 'a single `=` is not an operator', help: 'write `==`' }
    case 'single-ampersand':
      return {
        message: 'a single `&` is not an operator',
        help: /^&\s+&/.test(rest) ? 'write `&&` without a blank in between' : 'write `&&`',
      }
    case 'single-bar':
      return { message: 'a single `|` is not an operator', help: 'write `||`' }
    case 'quote-not-closed':
      return { message: 'the quote opened here is never closed', help: 'close it with the same kind of quote' }
    case 'operand-missing':
      return found === ''
        ? { message: 'the selector ends where a term is needed' }
        : { message: `\`${found}\` stands where a term is needed` }
    case 'left-over':
      if (/^and$/i.test(found)) return { message: `\`${found}\` is not an operator`, help: 'write `&&`' }
      if (/^or$/i.test(found)) return { message: `\`${found}\` is not an operator`, help: 'write `||`' }
      return { message: `\`${found}\` follows a complete expression`, help: 'join terms with `&&` or `||`' }
    case 'newline':
      return {
        message: 'a newline is not allowed in a selector',
        help: 'in a YAML block write `>-` instead of `|` or `>`, or put the selector in quotes on one line',
      }
    case 'bad-character':
      if (/^has\(/.test(rest))
        return { message: '`has()` needs a label name without quotes', help: 'write `has(label)`' }
      if (/[\u2018\u2019\u201c\u201d\u201e]/.test(found))
        return { message: `\`${found}\` is a typographic quote`, help: 'use plain quotes: \' or "' }
      return { message: `\`${found}\` can start nothing in a selector` }
    case 'function-not-closed':
      return {
        message: 'a bracket is not closed directly after the function',
        help: 'write `has(label)` for each label, `all()` or `global()`',
      }
    case 'blank-before-bracket':
      return /^(has|all|global)[ \t]+\($/.test(found)
        ? { message: 'a blank stands before the bracket', help: `write \`${found.replace(/[ \t]+/, '')}\`` }
        : {
            message: `\`${found.replace(/[ \t]*\($/, '')}\` is not a function`,
            help: 'functions are `has(label)`, `all()` and `global()`, in lower case',
          }
    case 'parenthesis-not-closed':
      return { message: 'the parenthesis opened here is never closed', help: 'close it with `)`' }
    case 'unknown-operator':
      if (/^and$/i.test(found)) return { message: `\`${found}\` is not an operator`, help: 'write `&&`' }
      if (/^or$/i.test(found)) return { message: `\`${found}\` is not an operator`, help: 'write `||`' }
      if (/^(not|in|notin)$/i.test(found)) {
        return { message: `\`${found}\` is not an operator here`, help: "write `in {'a', 'b'}` or `not in {'a', 'b'}`" }
      }
      if (/^(starts|ends)/i.test(found))
        return {
          message: `\`${found}\` is not an operator here`,
          help: "write `starts with 'text'` or `ends with 'text'`",
        }
      if (found === '\n' || found === '\r') return describeFault({ ...fault, code: 'newline' }, text)
      return {
        message: `\`${found}\` is not an operator`,
        help: 'operators are `==`, `!=`, `in`, `not in`, `contains`, `starts with` and `ends with`',
      }
    case 'set-without-brace':
      return { message: 'a set of values starts with `{`', help: "write in {'a', 'b'}" }
    case 'set-not-closed':
      return /^[A-Za-z0-9_./-]/.test(found)
        ? { message: `the value \`${found}\` is not in quotes`, help: `quote it: \`'${found}'\`` }
        : {
            message: 'the set of values is not closed properly',
            help: "write in {'a', 'b'}: quoted values between commas",
          }
    case 'label-too-long':
      return { message: 'a label name is longer than 512 characters' }
    case 'too-deep':
      return { message: 'parentheses are nested too deeply' }
  }
}
