// The end of a switch over kinds: a kind that no case takes does not compile, and one from outside the types is a bug.

/** @throws always */
export function assertNever(value: never): never {
  throw new Error(`no case for ${JSON.stringify(value)}`)
}
