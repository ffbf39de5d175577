// Percent signs as old releases write them: each line goes through Go's printf as a format without arguments.

/** Flags, width and precision of a directive, then its verb. */
const DIRECTIVE = /%[-+# 0]*[0-9]*(?:\.[0-9]*)?(.?)/gsu

/** What printf makes of a format whose directives have no arguments (fmt: doPrintf). */
export function withoutArguments(format: string): string {
  return format.replace(DIRECTIVE, (_, verb: string) => {
    if (verb === '') return '%!(NOVERB)'
    return verb === '%' ? '%' : `%!${verb}(MISSING)`
  })
}
