// What opens over the page: lessons and examples, share, report, compare.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { set, state } from '../store.ts'
import { Compare } from './compare.tsx'
import { Examples } from './examples.tsx'
import { Report } from './report.tsx'
import { Share } from './share.tsx'

export function Dialogs() {
  const { dialog } = state.value
  switch (dialog) {
    case 'none':
      return null
    case 'examples':
      return (
        <Dialog title="Lessons and examples">
          <Examples />
        </Dialog>
      )
    case 'share':
      return (
        <Dialog title="Share">
          <Share />
        </Dialog>
      )
    case 'report':
      return (
        <Dialog title="Report">
          <Report />
        </Dialog>
      )
    case 'compare':
      return (
        <Dialog title="Compare">
          <Compare />
        </Dialog>
      )
  }
}

function Dialog({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const place = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = place.current
    if (dialog !== null && !dialog.open) dialog.showModal()
  }, [])
  const close = (): void => set({ dialog: 'none' })
  return (
    <dialog ref={place} aria-label={title} onClose={close}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="close" aria-label="Close" onClick={close}>
          ×
        </button>
      </header>
      {children}
    </dialog>
  )
}
