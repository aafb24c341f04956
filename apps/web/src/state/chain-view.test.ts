import type { LinkPath } from '@manyhands/protocol/peer-message';
import { describe, expect, it } from 'vitest';
import { describeChain } from './chain-view.ts';

const stage = (peerId: string, firstBlock: number, endBlock: number) => ({
  peerId,
  firstBlock,
  endBlock,
  embeds: firstBlock === 0,
  heads: endBlock === 8,
});
const link = (from: string, to: string, path: LinkPath = 'direct') => ({
  from,
  to,
  direct: path === 'direct',
  path,
  bytesSent: 500,
});
const chain = [stage('aaaaa.1', 0, 4), stage('bbbbb.2', 4, 8)];

describe('the chain of an answer', () => {
  it('says who ran which blocks and which way was relayed', () => {
    const links = [
      link('me.0', 'aaaaa.1'),
      link('aaaaa.1', 'bbbbb.2', 'turn'),
      link('bbbbb.2', 'me.0'),
    ];
    const view = describeChain(chain, links, 'me.0');
    expect(view.hops.map((hop) => [hop.role, hop.arrival])).toEqual([
      ['blocks 0–3, embedding', 'direct'],
      ['blocks 4–7, head', 'turn'],
    ]);
    expect(view.returning).toBe('direct');
    expect(view.summary).toBe('2 tabs, 1 of 3 links through a TURN server');
  });

  it('says which links went through the relay', () => {
    const links = [link('me.0', 'aaaaa.1', 'relay'), link('aaaaa.1', 'bbbbb.2', 'relay')];
    const view = describeChain(chain, links, 'me.0');
    expect(view.hops.map((hop) => hop.arrival)).toEqual(['relay', 'relay']);
    expect(view.summary).toBe('2 tabs, 2 of 3 links sealed through the relay');
    // As stored before ways had names.
    const { path: _, ...old } = link('me.0', 'aaaaa.1', 'relay');
    expect(describeChain(chain, [old], 'me.0').hops[0]?.arrival).toBe('unknown');
  });

  it('claims nothing about links it does not know yet', () => {
    const view = describeChain(chain, [], undefined);
    expect(view.hops.map((hop) => hop.arrival)).toEqual(['unknown', 'unknown']);
    expect(view.summary).toBe('2 tabs');
  });

  it('knows this tab when it is its own volunteer', () => {
    const view = describeChain([stage('me.0', 0, 8)], [], 'me.0');
    expect(view.hops[0]).toMatchObject({ isThisTab: true, arrival: 'direct' });
    expect(view.summary).toBe('one tab');
  });
});
