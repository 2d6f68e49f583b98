/*
 * What changed between two models of an entry's public surface, by API Extractor's own reading of them.
 *
 * Compared are the exported items, their members, and whatever these refer to in the package: the base class of an exported
 * class, a type that is not exported by name. What is tagged @internal is in no model.
 *
 * Breaking is what is gone, and what is written otherwise: whether a type that is spelled in another way takes and gives the
 * same is not asked. Additions are new items; new members, but for those that an implementation must have; and parameters at
 * the end that may be left out.
 */

import {
  ApiAbstractMixin,
  ApiDeclaredItem,
  type ApiItem,
  ApiItemContainerMixin,
  ApiItemKind,
  ApiOptionalMixin,
  ApiPackage,
  ApiParameterListMixin,
  ApiReturnTypeMixin,
  ApiTypeParameterListMixin,
  ExcerptTokenKind,
} from '@microsoft/api-extractor-model'

export interface Change {
  /** The canonical reference of the item: `@gmp/sync!Mutex#lock:member(1)`. */
  readonly item: string
  readonly what: string
}

export interface Changes {
  readonly breaking: readonly Change[]
  readonly added: readonly Change[]
}

/** How an item is written, on one line. */
const written = (item: ApiDeclaredItem): string =>
  item.excerpt.text
    .replaceAll(/\s+/g, ' ')
    .replace(/^export (declare )?|;$/g, '')
    .trim()

const nameOf = (item: ApiItem): string => item.canonicalReference.toString()

const members = (item: ApiItem): readonly ApiItem[] => (ApiItemContainerMixin.isBaseClassOf(item) ? item.members : [])

/** The items of a model that users meet, by their canonical references. */
function surface(file: string): Map<string, ApiDeclaredItem> {
  const all = new Map<string, ApiItem>()
  const index = (item: ApiItem): void => {
    all.set(nameOf(item), item)
    for (const member of members(item)) index(member)
  }
  const pkg = ApiPackage.loadFromJsonFile(file)
  index(pkg)

  const met = new Map<string, ApiDeclaredItem>()
  const meet = (item: ApiItem | undefined): void => {
    if (!(item instanceof ApiDeclaredItem) || met.has(nameOf(item))) return
    met.set(nameOf(item), item)
    for (const member of members(item)) meet(member)
    for (const { kind, canonicalReference } of item.excerptTokens) {
      if (kind === ExcerptTokenKind.Reference && canonicalReference) meet(all.get(canonicalReference.toString()))
    }
  }
  for (const entry of pkg.entryPoints) for (const item of entry.members) if (!nameOf(item).includes('!~')) meet(item)
  return met
}

/** A function's type parameters and result as they are written, and its parameters by type. */
function signature(item: ApiItem): { rest: string; parameters: { type: string; optional: boolean }[] } | undefined {
  if (!ApiParameterListMixin.isBaseClassOf(item)) return undefined
  const generic = ApiTypeParameterListMixin.isBaseClassOf(item)
    ? item.typeParameters.map((one) => `${one.name} ${one.constraintExcerpt.text} ${one.defaultTypeExcerpt.text}`)
    : []
  const result = ApiReturnTypeMixin.isBaseClassOf(item) ? item.returnTypeExcerpt.text : ''
  const parameters = item.parameters.map((one) => ({ type: one.parameterTypeExcerpt.text, optional: one.isOptional }))
  return { rest: JSON.stringify([generic, result]), parameters }
}

type Difference = 'none' | 'addition' | 'breaking'

function difference(old: ApiDeclaredItem, now: ApiDeclaredItem): Difference {
  if (written(old) === written(now)) return 'none'
  const [before, after] = [signature(old), signature(now)]
  // Rest parameters and modifiers are only in the text.
  if (before === undefined || after === undefined || before.rest !== after.rest) return 'breaking'
  if ([old, now].some((item) => written(item).includes('...'))) return 'breaking'
  if (modifiers(old) !== modifiers(now)) return 'breaking'
  const kept = before.parameters.every(({ type, optional }, i) => {
    const other = after.parameters[i]
    return other?.type === type && (other.optional || !optional)
  })
  if (!kept || after.parameters.slice(before.parameters.length).some(({ optional }) => !optional)) return 'breaking'
  const same = before.parameters.every(({ optional }, i) => after.parameters[i]?.optional === optional)
  return same && before.parameters.length === after.parameters.length ? 'none' : 'addition'
}

/** What stands before a method's name. */
const modifiers = (item: ApiItem): string => /^(?:\w+ )*/.exec(written(item as ApiDeclaredItem))?.[0] ?? ''

/** Whether who implements the type that has this member must have it too. */
function required(member: ApiItem): boolean {
  if (ApiAbstractMixin.isBaseClassOf(member) && member.isAbstract) return true
  if (member.parent?.kind !== ApiItemKind.Interface) return false
  return !(ApiOptionalMixin.isBaseClassOf(member) && member.isOptional)
}

/** Compares two models. */
export function changesBetween(oldFile: string, newFile: string): Changes {
  const [before, after] = [surface(oldFile), surface(newFile)]
  const breaking: Change[] = []
  const added: Change[] = []
  for (const [item, old] of before) {
    const now = after.get(item)
    const inParent = old.parent !== undefined && before.has(nameOf(old.parent)) && !after.has(nameOf(old.parent))
    if (now === undefined) {
      // A class that is gone is told once.
      if (!inParent) breaking.push({ item, what: `is gone: ${written(old)}` })
      continue
    }
    const kind = difference(old, now)
    const what = `was ${written(old)}, is ${written(now)}`
    if (kind === 'breaking') breaking.push({ item, what })
    if (kind === 'addition') added.push({ item, what })
  }
  for (const [item, now] of after) {
    if (before.has(item)) continue
    if (now.parent !== undefined && after.has(nameOf(now.parent)) && !before.has(nameOf(now.parent))) continue
    const what = `is new: ${written(now)}`
    if (required(now)) breaking.push({ item, what: `${what}, which an implementation must have` })
    else added.push({ item, what })
  }
  return { breaking, added }
}
