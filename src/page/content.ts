// What is in the page beside its code: lessons and examples that come with it, and the cluster and lessons it was made for.

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

/** The same in every page. */
export interface BuiltInContent {
  readonly lessons: readonly Lesson[]
  readonly examples: readonly Example[]
}

/** What a page was made with. */
export interface OwnContent {
  /** Behind those that come with it. */
  readonly lessons: readonly Lesson[]
  /** Absent in the playground. */
  readonly input?: PageInput
  readonly version: string
}

export type PageContent = BuiltInContent & OwnContent
