// What is put in the place of names, addresses and interfaces of an input that others will see.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export interface Replacements {
  readonly name: (text: string) => string
  /** Undefined for text that is no address and no net. */
  readonly address: (text: string) => string | undefined
  readonly interfaceName: (text: string) => string
}
