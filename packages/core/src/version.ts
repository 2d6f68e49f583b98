/** The version of this package; `pnpm release:version` writes it, a test compares it with package.json. @internal */
export const VERSION = '0.0.0'
