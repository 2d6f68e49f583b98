/*
 * A module that ends its thread when it is imported.
 */

process.exit(9)

export function f(): number {
  return 1
}
