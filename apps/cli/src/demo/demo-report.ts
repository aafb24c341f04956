import type { Answer, ChainLink, ChainStage } from '@manyhands/peer/requester/answer';
import { describePath } from './describe-path.ts';

/** Milliseconds a token should take: as the chain was chosen, and by what was measured on it then. */
export interface Predicted {
  readonly chosenMs: number | undefined;
  readonly openMs: number | undefined;
}

export const NO_PREDICTION: Predicted = { chosenMs: undefined, openMs: undefined };

/** What `--json` prints. */
export interface DemoReport {
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly chain: readonly ChainStage[];
  readonly ttftMs: number | null;
  /** `null` when the answer has one token: nothing was decoded. */
  readonly decodeTokensPerSecond: number | null;
  /** Of one token a pass, so without drafts: before the chain's links were measured, and after. */
  readonly chosenTokensPerSecond: number | null;
  readonly predictedTokensPerSecond: number | null;
  readonly links: readonly ChainLink[];
}

/** Names every field: what the peer adds later must not slip into the documented line. */
export function reportAnswer(
  { text, tokenIds, chain, links, stats }: Answer,
  { chosenMs, openMs }: Predicted,
): DemoReport {
  return {
    text,
    tokenIds,
    chain: chain.map(({ peerId, firstBlock, endBlock, embeds, heads }) => {
      return { peerId, firstBlock, endBlock, embeds, heads };
    }),
    ttftMs: stats.ttftMs ?? null,
    decodeTokensPerSecond: stats.decodeTokensPerSecond ?? null,
    chosenTokensPerSecond: chosenMs === undefined ? null : 1_000 / chosenMs,
    predictedTokensPerSecond: openMs === undefined ? null : 1_000 / openMs,
    links: links.map(({ from, to, direct, path, bytesSent }) => {
      return { from, to, direct, ...(path === undefined ? {} : { path }), bytesSent };
    }),
  };
}

/** The report for people: who held what, how fast it was and what crossed each link. */
export function describeDemo(report: DemoReport, requesterId: string): string {
  const { chain, links, ttftMs, decodeTokensPerSecond } = report;
  const { chosenTokensPerSecond, predictedTokensPerSecond } = report;
  const nameOf = (peerId: string) => {
    if (peerId === requesterId) return 'requester';
    const index = chain.findIndex((stage) => stage.peerId === peerId);
    return index < 0 ? peerId : `volunteer ${index + 1}`;
  };
  const stages = chain.map((stage, index) => {
    const parts = [`blocks ${stage.firstBlock} to ${stage.endBlock - 1}`];
    if (stage.embeds) parts.unshift('embedding');
    if (stage.heads) parts.push('head');
    return `  volunteer ${index + 1}  ${parts.join(', ')}  (${stage.peerId})`;
  });
  const tokenCount = Math.max(1, report.tokenIds.length);
  const wires = links.map(({ from, to, path, bytesSent }) => {
    const perToken = Math.round(bytesSent / tokenCount);
    return `  ${nameOf(from)} -> ${nameOf(to)}  ${bytesSent} bytes, ${perToken} a token, ${describePath(path)}`;
  });
  return [
    'Who held which blocks',
    ...stages,
    'What crossed each link',
    ...wires,
    `Time to first token  ${ttftMs === null ? 'not measured' : `${Math.round(ttftMs)} ms`}`,
    `Decode               ${speed(decodeTokensPerSecond)}`,
    `Predicted            ${speed(predictedTokensPerSecond)}, ${speed(chosenTokensPerSecond)} before the links were measured`,
    '',
  ].join('\n');
}

function speed(tokensPerSecond: number | null): string {
  return tokensPerSecond === null ? 'not measured' : `${tokensPerSecond.toFixed(1)} tokens/s`;
}
