// A list of any length, of which only what is near the eye is drawn: blocks of some dozen items, each of which keeps its height
// while it is away. Whoever goes on with the tabulator, or scrolls, comes into the next block, which is there by then.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** Items of one block; a list that has no more is drawn whole. */
const BLOCK = 60

interface List<Item> {
  readonly items: readonly Item[]
  readonly children: (item: Item) => ComponentChildren
  /** What an item takes before anybody has seen it, in rem. */
  readonly height: number
  readonly idOf: (item: Item) => string
  /** Ids of items that are drawn wherever they are: somebody is on the way to them. */
  readonly goals?: ReadonlySet<string>
  /** A block is a list of its own, numbered on. */
  readonly as?: 'div' | 'ol'
  readonly class?: string
}

export function Windowed<Item>({ items, children, height, idOf, goals, as = 'div', class: name }: List<Item>) {
  const starts = Array.from({ length: Math.ceil(items.length / BLOCK) }, (_, index) => index * BLOCK)
  return (
    <>
      {starts.map(start => {
        const own = items.slice(start, start + BLOCK)
        return (
          <Block
            key={start}
            as={as}
            class={name}
            start={start}
            guess={`${own.length * height}rem`}
            isWanted={items.length <= BLOCK || (goals !== undefined && own.some(item => goals.has(idOf(item))))}
          >
            {() => own.map(children)}
          </Block>
        )
      })}
    </>
  )
}

interface Shown {
  readonly as: 'div' | 'ol'
  readonly class: string | undefined
  readonly start: number
  readonly guess: string
  readonly isWanted: boolean
  readonly children: () => ComponentChildren
}

function Block({ as: Element, class: name, start, guess, isWanted, children }: Shown) {
  const place = useRef<HTMLElement>(null)
  const [isNear, setNear] = useState(false)
  const away = useRef(guess)
  useEffect(() => {
    const element = place.current
    if (element === null || isWanted) return undefined
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry === undefined) return
        // What has the focus stays, wherever one scrolls.
        if (!entry.isIntersecting && element.contains(document.activeElement)) return
        if (!entry.isIntersecting && element.childElementCount > 0)
          away.current = `${entry.boundingClientRect.height}px`
        setNear(entry.isIntersecting)
      },
      { root: element.closest('.tables'), rootMargin: '100% 0px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [isWanted])
  const isDrawn = isNear || isWanted
  return (
    <Element
      ref={place as never}
      class={name}
      {...(Element === 'ol' ? { start: start + 1 } : {})}
      style={isDrawn ? {} : { height: away.current }}
    >
      {isDrawn ? children() : null}
    </Element>
  )
}
