// Paths as tools want them that know a repository, not the place a command was run from.

/** Below `base`, an absolute path without a final slash, the path from there; all others as they are, without `./`. */
export function relativePath(name: string, base: string): string {
  if (name.startsWith(`${base}/`)) return name.slice(base.length + 1)
  return name.replace(/^(?:\.\/+)+/, '')
}

/** A relative reference or a `file:` URI, with everything escaped that is not a plain character of a path. */
export function pathUri(path: string): string {
  const segments = path.split('/').map(segment => encodeURIComponent(segment.replace(/\p{Surrogate}/gu, '\ufffd')))
  return path.startsWith('/') ? `file://${segments.join('/')}` : segments.join('/')
}
