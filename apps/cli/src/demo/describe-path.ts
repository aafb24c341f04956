import type { ChainLink } from '@manyhands/peer/requester/answer';

/** How two tabs were connected, for people. */
export function describePath(path: ChainLink['path']): string {
  switch (path) {
    case 'direct':
      return 'direct';
    case 'turn':
      return 'through a TURN server';
    case 'relay':
      return 'sealed through the relay';
    case undefined:
      return 'path unknown';
    default:
      return path satisfies never;
  }
}
