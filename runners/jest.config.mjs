/* Jest, on the sources: its own transforms are off but for one that takes the types away. */

export default {
  testMatch: ['**/jest.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './jest-types.mjs' },
  testEnvironmentOptions: { customExportConditions: ['@gmp/source', 'node', 'node-addons'] },
  watchman: false,
}
