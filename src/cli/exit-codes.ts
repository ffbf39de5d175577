// What a command's end means to a script.

export const EXIT_OK = 0
/** Done, and the answer is no. */
export const EXIT_NO = 1
/** Not done: bad usage, bad input, or a file that cannot be read or written. Nothing is on standard output. */
export const EXIT_FAILED = 2
