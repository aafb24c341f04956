import { describeError } from '../error.ts';
import type { Swarm } from '../swarm/swarm.ts';
import type { SwarmTab } from '../swarm/swarm-tab.ts';

/** Volunteers come and go while people ask; each range keeps at least one holder that stays. */
export interface Churn {
  readonly joins: number;
  readonly leaves: number;
  readonly problems: readonly string[];
  run(isOver: () => boolean): Promise<void>;
}

/** A person stops, closes the tab, or the tab crashes. */
const WAYS = ['stop', 'close', 'kill'] as const;
const STAY_MS = 6_000;
const PAUSE_MS = 3_000;

export function createChurn(swarm: Swarm, ranges: Parameters<Swarm['assign']>[0]): Churn {
  const problems: string[] = [];
  let joins = 0;
  let leaves = 0;

  const comeAndGo = async (turn: number): Promise<void> => {
    const range = ranges[turn % ranges.length];
    const way = WAYS[Math.floor(turn / ranges.length) % WAYS.length];
    if (range === undefined || way === undefined) return;
    const tab = await swarm.addVolunteer(range);
    joins += 1;
    await pause(STAY_MS);
    await leave(tab, way);
    leaves += 1;
    await swarm.remove(tab);
  };

  return {
    get joins() {
      return joins;
    },
    get leaves() {
      return leaves;
    },
    problems,
    async run(isOver) {
      for (let turn = 0; !isOver(); turn++) {
        try {
          await comeAndGo(turn);
        } catch (error) {
          problems.push(`turn ${turn}: ${describeError(error)}`);
        }
        await pause(PAUSE_MS);
      }
    },
  };
}

async function leave(tab: SwarmTab, way: (typeof WAYS)[number]): Promise<void> {
  switch (way) {
    case 'stop':
      return tab.stopVolunteering();
    case 'close':
      return tab.close();
    case 'kill':
      return tab.crash();
    default:
      return way satisfies never;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
