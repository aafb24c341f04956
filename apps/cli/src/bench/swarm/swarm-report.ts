import type { Fault } from '../../swarm/disturb.ts';
import type { Machine } from '../report/bench-report.ts';

/** What `--json` prints; a section that was not asked for is missing. */
export interface SwarmReport {
  readonly version: 1;
  readonly startedAt: string;
  readonly machine: Machine;
  readonly passMs: number;
  readonly rowMs: number;
  readonly hops?: HopsReport;
  readonly delays?: readonly DelayReport[];
  readonly loss?: readonly LossReport[] | { readonly skipped: string };
  readonly users?: readonly UsersReport[];
  readonly recovery?: readonly RecoveryReport[];
  readonly relay?: RelayReport;
}

export interface HopsReport {
  /** For each number of stages: the median time between two tokens. */
  readonly chains: readonly { readonly stages: number; readonly tokenMs: number }[];
  /** What a further stage adds, by the line through them. */
  readonly addedMs: number;
  /** Beyond the 11 ms of the stage itself. */
  readonly hopMs: number;
  /** One step of one row as the page saw it: 11 ms, timers and the way to the worker and back. */
  readonly stepMs: number;
  /** From a frame's arrival in a page to its result's departure. */
  readonly turnaroundMs: number;
  /** From a frame's departure to its arrival in the next page. */
  readonly linkMs: number;
  /** In the requester's page, from an answer to the next step: once a token, whatever the stages. */
  readonly requesterMs: number;
}

export interface DelayReport {
  readonly stages: number;
  readonly oneWayMs: number;
  /** What messages really were held back by, in the middle. */
  readonly measuredDelayMs: number;
  /** What a frame really took from one page to the next, the browsers and loopback included. */
  readonly linkMs: number;
  /** `1000 / (compute + one-way delays)`: what no chain without drafts can exceed. */
  readonly boundTokensPerSecond: number;
  /** The same with links as slow as they really were. */
  readonly linkBoundTokensPerSecond: number;
  readonly plainTokensPerSecond: number;
  readonly draftTokensPerSecond: number;
  /** Pooled's table; nothing where it has no such row. */
  readonly rivalTokensPerSecond: number | undefined;
}

export interface LossReport {
  readonly lossPercent: number;
  /** Of all answers. Nobody leaves, so each is a mistake. */
  readonly repairs: number;
  readonly oneWayMs: number;
  readonly stages: number;
  readonly boundTokensPerSecond: number;
  readonly tokensPerSecond: number;
  readonly tokenMs: { readonly median: number; readonly p95: number; readonly worst: number };
  readonly isTextRight: boolean;
}

export interface UsersReport {
  readonly users: number;
  readonly tokensPerSecond: number;
  /** Times the speed of one user. */
  readonly speedup: number;
  /** The worst gap of any stream, in its own median gaps. */
  readonly worstStall: number;
  readonly medianGapMs: number;
  readonly areTextsRight: boolean;
}

export interface RecoveryReport {
  readonly fault: Fault;
  readonly repeats: number;
  readonly resumeMs: { readonly median: number; readonly worst: number };
  readonly samplesMs: readonly number[];
  /** Answers whose tokens are those of the undisturbed run. */
  readonly right: number;
  readonly failures: readonly string[];
}

export interface RelayReport {
  readonly peers: number;
  readonly seconds: number;
  /** Of one processor. */
  readonly joinCpuMs: number;
  readonly cpuShare: number;
  readonly residentBytesBefore: number;
  readonly residentBytes: number;
  readonly messagesPerSecond: number;
  readonly bytesPerSecond: number;
}
