// The version of calitables and of the newest Calico it knows; a test keeps them equal to package.json's and to the release's.

export const VERSION = '0.1.0'

/** The newest release of Calico that is known. */
export const CALICO_VERSION = 'v3.32.1'

/** What `--version` prints, without its newline. */
export const VERSION_LINE = `calitables ${VERSION} (Calico ${CALICO_VERSION})`
