// What a line of iptables-restore text can hold.

/** Longest word of a line (xshared.c: param_buffer) without its closing zero, in bytes. */
export const MAX_WORD_LENGTH = 1023

/** Longest line without its newline, and most words in it (iptables-restore.c: buffer; xshared.h: MAX_ARGC, less three). */
export const MAX_LINE_LENGTH = 10_238
export const MAX_WORDS = 251

/** Longest name of an interface, a trailing `+` included, in bytes (linux/if.h: IFNAMSIZ, less the closing zero). */
export const MAX_INTERFACE_NAME = 15

/** Slots of one `-m multiport`: a single port takes one, a range two (linux/netfilter/xt_multiport.h: XT_MULTI_PORTS). */
export const MAX_MULTIPORT_SLOTS = 15

/** What would make further words, or a further line, of a name that is written as it is. */
export const BREAKS_WORD = /[\s"'\\\u0000-\u001f\u007f]/

/** Other control characters the tools take inside of quotes, and so does Felix. */
export const BREAKS_LINE = /[\u0000\n]/

/** What is refused, as the object of a sentence, and what to write instead. */
export interface WordFault {
  readonly message: string
  readonly help: string
}

export const NO_FAULTS: readonly WordFault[] = []

export function brokenWordFault(word: string): WordFault {
  return {
    message: `\`${word}\` as one word of a rule`,
    help: 'leave blanks, quotes, backslashes and control characters out of names',
  }
}
