import { createGreedyPolicy, createRandomPolicy } from './baseline-policies.ts';
import { createManyhandsPolicy } from './manyhands-policy.ts';
import { createPetalsPolicy } from './petals-policy.ts';
import type { Policy, PolicyName, PolicyParts } from './policy.ts';

export function createPolicy(name: PolicyName, parts: PolicyParts, stayMs: number): Policy {
  switch (name) {
    case 'manyhands':
      return createManyhandsPolicy(parts, { stayMs, moves: true });
    case 'random':
      return createRandomPolicy(parts);
    case 'greedy':
      return createGreedyPolicy(parts);
    case 'petals':
      return createPetalsPolicy(parts);
  }
}
