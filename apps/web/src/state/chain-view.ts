import type { ChainLink, ChainStage } from '@manyhands/peer/requester/answer';
import { formatBlocks, formatBytes, formatPeerId } from './format.ts';

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
  /** `3 tabs, all links direct, 41 kB sent`. */
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
  return { hops, returning, summary: summarize(hops, returning, links) };
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
  if (stage.embeds) parts.push('embedding');
  if (stage.heads) parts.push('head');
  return parts.join(', ');
}

function summarize(
  hops: readonly ChainHop[],
  returning: ChainHop['arrival'],
  links: readonly ChainLink[],
): string {
  const parts = [hops.length === 1 ? 'one tab' : `${hops.length} tabs`];
  const arrivals = [...hops.map((hop) => hop.arrival), returning];
  if (arrivals.every((arrival) => arrival === 'direct')) {
    parts.push(hops.length === 1 ? 'directly connected' : 'all links direct');
  } else {
    const counted = (way: ChainHop['arrival']): string =>
      `${arrivals.filter((arrival) => arrival === way).length} of ${arrivals.length} links`;
    if (arrivals.includes('turn')) parts.push(`${counted('turn')} through a TURN server`);
    if (arrivals.includes('relay')) parts.push(`${counted('relay')} sealed through the relay`);
  }
  const bytes = links.reduce((sum, link) => sum + link.bytesSent, 0);
  if (bytes > 0) parts.push(`${formatBytes(bytes)} sent`);
  return parts.join(', ');
}
