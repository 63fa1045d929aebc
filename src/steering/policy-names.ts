/** Names of the policies, apart from their programs: the configuration knows them without loading an assembler. */
export const POLICY_NAMES = [
  'hash',
  'random',
  'cpu',
  'sticky',
  'weighted',
  'round-robin',
  'least-connections',
  'least-pending',
  'two-choice',
  'idle',
  'adaptive',
] as const;

export type PolicyName = (typeof POLICY_NAMES)[number];
