import { createGreedyPolicy, createRandomPolicy } from './baseline-policies.ts';
import { createManyhandsPolicy } from './manyhands-policy.ts';
import { createPetalsPolicy } from './petals-policy.ts';
import type { Policy, PolicyName, PolicyParts } from './policy.ts';

export function createPolicy(name: PolicyName, parts: PolicyParts, stayMs: number): Policy {
  switch (name) {
    case 'manyhands':
      return createManyhandsPolicy(parts, { stayMs, isMeasured: false, mayMove: false });
    case 'manyhands-measured':
      return createManyhandsPolicy(parts, { stayMs, isMeasured: true, mayMove: false });
    case 'manyhands-moves':
      return createManyhandsPolicy(parts, { stayMs, isMeasured: true, mayMove: true });
    case 'random':
      return createRandomPolicy(parts);
    case 'greedy':
      return createGreedyPolicy(parts);
    case 'petals-even':
      return createPetalsPolicy(parts, () => 1);
    case 'petals-page':
      return createPetalsPolicy(parts, ({ watchers }) => watchers + 1);
    case 'petals-oracle':
      return createPetalsPolicy(parts, ({ popularity }) => popularity);
  }
}
