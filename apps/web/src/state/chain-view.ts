import type { ChainLink, ChainStage } from '@manyhands/peer/requester/answer';
import { t } from '../strings/language.ts';
import { formatBlocks, formatPeerId } from './format.ts';

/** One tab of a chain, ready to draw. */
export interface ChainHop {
  readonly peerId: string;
  readonly name: string;
  readonly isThisTab: boolean;
  readonly firstBlock: number;
  readonly endBlock: number;
  /** `blocks 0–3, embedding`. */
  readonly role: string;
  /** The way in, or not known (yet). */
  readonly arrival: NonNullable<ChainLink['path']> | 'unknown';
}

export interface ChainView {
  readonly hops: readonly ChainHop[];
  /** The way back to the person who asked. */
  readonly returning: ChainHop['arrival'];
  /** `3 tabs, 1 of 4 links through a TURN server`. */
  readonly summary: string;
}

/** The stages of an answer with the links between them, in the order the hidden states travelled. */
export function describeChain(
  chain: readonly ChainStage[],
  links: readonly ChainLink[],
  ownPeerId: string | undefined,
): ChainView {
  const requester = findRequester(chain, links) ?? ownPeerId;
  const hops = chain.map((stage, index) => ({
    peerId: stage.peerId,
    name: formatPeerId(stage.peerId),
    isThisTab: stage.peerId === ownPeerId,
    firstBlock: stage.firstBlock,
    endBlock: stage.endBlock,
    role: describeRole(stage),
    arrival: arrivalOf(links, chain[index - 1]?.peerId ?? requester, stage.peerId),
  }));
  const returning = arrivalOf(links, chain.at(-1)?.peerId, requester);
  return { hops, returning, summary: summarize(hops, returning) };
}

function findRequester(
  chain: readonly ChainStage[],
  links: readonly ChainLink[],
): string | undefined {
  const isStage = (peerId: string): boolean => chain.some((stage) => stage.peerId === peerId);
  for (const { from, to } of links) {
    if (!isStage(from)) return from;
    if (!isStage(to)) return to;
  }
  return undefined;
}

function arrivalOf(
  links: readonly ChainLink[],
  from: string | undefined,
  to: string | undefined,
): ChainHop['arrival'] {
  // Within one tab nothing crosses the network.
  if (from !== undefined && from === to) return 'direct';
  const link =
    links.find((each) => each.from === from && each.to === to) ??
    links.find((each) => each.from === to && each.to === from);
  if (link === undefined) return 'unknown';
  return link.path ?? (link.direct ? 'direct' : 'unknown');
}

function describeRole(stage: ChainStage): string {
  const parts = [formatBlocks(stage.firstBlock, stage.endBlock)];
  if (stage.embeds) parts.push(t('answers.chain.embedding'));
  if (stage.heads) parts.push(t('answers.chain.head'));
  return parts.join(', ');
}

/**
 * Says nothing of links that are direct, as they are nearly always and as each stage shows: how they are is
 * known only at the end, and a line more would then push the rest down.
 */
function summarize(hops: readonly ChainHop[], returning: ChainHop['arrival']): string {
  const parts: string[] = [t('answers.chain.tabs', { count: hops.length, total: hops.length })];
  const arrivals = [...hops.map((hop) => hop.arrival), returning];
  const counted = (way: ChainHop['arrival']) => ({
    count: arrivals.filter((arrival) => arrival === way).length,
    total: arrivals.length,
  });
  if (arrivals.includes('turn')) parts.push(t('answers.chain.throughTurn', counted('turn')));
  if (arrivals.includes('relay')) parts.push(t('answers.chain.throughRelay', counted('relay')));
  return parts.join(', ');
}
