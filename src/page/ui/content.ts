// Reads what came with the page, and what was put into it when it was made.

import type { BuiltInContent, OwnContent, PageContent } from '../content.ts'

function read<Content>(id: string): Content {
  return JSON.parse(document.querySelector(`script#${id}`)?.textContent ?? '{}') as Content
}

const builtIn = read<BuiltInContent>('built-in')
const own = read<OwnContent>('own')

export const content: PageContent = {
  ...builtIn,
  ...own,
  lessons: [...builtIn.lessons, ...own.lessons],
}
