// The version of calitables and of the newest Calico it knows; a test keeps them equal to package.json's and to the release's.

export const VERSION = '0.1.0'

/** What `--version` prints, without its newline. */
export const VERSION_LINE = `calitables ${VERSION} (Calico v3.32.1)`
