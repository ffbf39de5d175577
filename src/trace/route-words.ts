// Routes in plain words.

import { assertNever } from '../text/assert-never.ts'
import type { Route } from '../walk/packet.ts'

/** `10.0.0.1 is reached by eth0`, and whether that is a guess. */
export function routeWords(route: Route, destination: string): string {
  switch (route.kind) {
    case 'local':
      return `${destination} is an address of the node`
    case 'out': {
      const { interfaceName, isGuess } = route
      if (interfaceName === '') return `by which interface ${destination} is reached is not known`
      return `${destination} is reached by ${interfaceName}${isGuess === true ? ', as far as can be guessed' : ''}`
    }
    case 'refused':
      return route.how === 'no route'
        ? `there is no route to ${destination}`
        : `the route to ${destination} refuses packets (${route.how})`
    default:
      return assertNever(route)
  }
}
