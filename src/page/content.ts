// What comes with the page: lessons, examples, and the cluster it was made for. Put into the file when it is made.

import type { Lesson } from './lesson.ts'
import type { PacketFields, PageFile, PageInput } from './view.ts'

export interface Example {
  readonly id: string
  readonly title: string
  /** What it is for, in two sentences. */
  readonly purpose: string
  readonly files: readonly PageFile[]
  readonly host: string
  readonly node: string
  readonly packet?: PacketFields
}

export interface PageContent {
  readonly lessons: readonly Lesson[]
  readonly examples: readonly Example[]
  /** Absent in the playground. */
  readonly input?: PageInput
  readonly version: string
}
