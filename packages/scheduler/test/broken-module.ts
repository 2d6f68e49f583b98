/*
 * A module that throws when it is imported.
 */

throw new Error('broken on purpose')
