// Reads what was put into the page when it was made.

import type { PageContent } from '../content.ts'

export const content: PageContent = JSON.parse(document.querySelector('script#content')?.textContent ?? '{}')
