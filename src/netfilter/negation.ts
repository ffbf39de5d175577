// Negation as iptables writes it.

/** To stand before what is negated. */
export function not(negated: boolean): string {
  return negated ? '! ' : ''
}
