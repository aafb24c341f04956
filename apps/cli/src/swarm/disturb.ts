import type { AnswerRequest } from '@manyhands/peer/requester/answer';
import type { Moment, TimedAnswer } from '../../harness/swarm/swarm-harness.ts';
import { CliError } from '../error.ts';
import { machineNowMs } from './clock.ts';
import type { Swarm } from './swarm.ts';
import type { SwarmTab } from './swarm-tab.ts';

/** Ways for an answer to lose somebody. */
export const FAULTS = [
  'closed',
  'killed',
  'frozen',
  'thawed',
  'cut',
  'relay-killed',
  'two-at-once',
  'replacement-dies',
] as const;
export type Fault = (typeof FAULTS)[number];
export type Phase = 'prefill' | 'decode';

export const FAULT_TITLES: Readonly<Record<Fault, string>> = {
  closed: 'tab closed',
  killed: 'process killed (SIGKILL)',
  frozen: 'process frozen (SIGSTOP)',
  thawed: 'frozen, then woken (SIGSTOP, SIGCONT)',
  cut: 'links cut',
  'relay-killed': 'relay killed',
  'two-at-once': 'two volunteers killed at once',
  'replacement-dies': 'replacement killed during replay',
};

/** How long a frozen tab sleeps before it wakes, in the middle of its replacement's work. */
const SLEEP_MS = 1_500;
/** The moment that counts: this many chunks of the prompt, or tokens of the answer, are there. */
const PREFILL_AT = 4;
const DECODE_AT = 12;

export interface Disturbed {
  readonly timed: TimedAnswer;
  /** When the fault happened, on the machine's clock. */
  readonly hitAtMs: number;
  /** From the fault to the end of the longest silence after it. */
  readonly resumeMs: number;
  /** Volunteers that cannot serve any more. */
  readonly lost: readonly SwarmTab[];
}

export interface DisturbOptions {
  readonly swarm: Swarm;
  readonly requester: SwarmTab;
  readonly request: AnswerRequest;
  readonly fault: Fault;
  readonly phase: Phase;
  /** Which stage of the chain is hit. */
  readonly place: number;
}

/** Asks, lets the fault happen once at its moment, and waits for the end of the answer. */
export async function disturb(options: DisturbOptions): Promise<Disturbed> {
  const { swarm, requester, request, fault, phase, place } = options;
  const chains: (readonly string[])[] = [];
  const lost = new Set<SwarmTab>();
  const pending: Promise<unknown>[] = [];
  let hitAtMs: number | undefined;

  const tabAt = (chain: readonly string[] | undefined, index: number): SwarmTab => {
    const tab = swarm.volunteers.find(({ peerId }) => peerId === chain?.at(index));
    if (tab === undefined) throw new CliError('page-failed', 'A chain has an unknown stage.');
    return tab;
  };
  const hit = (): void => {
    const chain = chains.at(-1);
    hitAtMs = machineNowMs();
    if (fault === 'relay-killed') {
      pending.push(swarm.relay.kill());
      return;
    }
    const victims = [tabAt(chain, place)];
    if (fault === 'two-at-once') victims.push(tabAt(chain, (place + 1) % (chain?.length ?? 1)));
    for (const victim of victims) {
      if (fault !== 'thawed') lost.add(victim);
      pending.push(strike(fault, victim));
    }
  };
  const onMoment = (moment: Moment): void => {
    if (moment.type === 'chain') {
      chains.push(moment.peerIds);
      const replacement = moment.peerIds.find((peerId) => !chains[0]?.includes(peerId));
      if (fault !== 'replacement-dies' || chains.length !== 2 || replacement === undefined) return;
      const tab = tabAt([replacement], 0);
      lost.add(tab);
      tab.signal('SIGKILL');
    } else if (moment.type === phaseMoment(phase) && hitAtMs === undefined) hit();
  };

  const moments = {
    prefills: phase === 'prefill' ? [PREFILL_AT] : [],
    tokens: phase === 'decode' ? [DECODE_AT] : [],
  };
  const timed = await requester.ask(request, { moments, onMoment });
  if (hitAtMs === undefined) {
    throw new CliError('page-failed', 'The answer was over before anything happened to it.');
  }
  await Promise.all(pending);
  return { timed, hitAtMs, resumeMs: resumeAfter(timed.tokenAtMs, hitAtMs), lost: [...lost] };
}

function phaseMoment(phase: Phase): Moment['type'] {
  return phase === 'prefill' ? 'prefill' : 'token';
}

async function strike(fault: Fault, victim: SwarmTab): Promise<void> {
  switch (fault) {
    case 'closed':
      return victim.close();
    case 'killed':
    case 'two-at-once':
    case 'replacement-dies':
      return victim.signal('SIGKILL');
    case 'frozen':
      return victim.signal('SIGSTOP');
    case 'thawed':
      victim.signal('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, SLEEP_MS));
      return victim.signal('SIGCONT');
    case 'cut':
      return victim.shape({ isCut: true });
    case 'relay-killed':
      return undefined;
    default:
      return fault satisfies never;
  }
}

/**
 * Tokens that were under way still arrive after the fault, so the next token alone says little: the
 * answer goes on where the longest silence ends.
 */
export function resumeAfter(tokenAtMs: readonly number[], hitAtMs: number): number {
  let longest = { gapMs: -1, endMs: hitAtMs };
  let beforeMs = hitAtMs;
  for (const atMs of tokenAtMs) {
    if (atMs < hitAtMs) continue;
    if (atMs - beforeMs > longest.gapMs) longest = { gapMs: atMs - beforeMs, endMs: atMs };
    beforeMs = atMs;
  }
  return longest.endMs - hitAtMs;
}
