import type { NetworkView } from '@manyhands/peer/create-peer';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
import { createPeerDouble } from '../testing/peer-double.ts';
import { chartCapabilities, listSpeeds } from './capability.ts';
import { createCoverageEvents } from './coverage-events.ts';
import { listNetworkEvents } from './network-page.ts';
import { createVolunteers } from './volunteers.ts';

const OTHER_ROOT = 'b'.repeat(64);

function entryOf(name: string, changes: Partial<DirectoryEntry> = {}): DirectoryEntry {
  return {
    identity: { alg: 'ed25519', publicKey: name, peerId: `${name}XXXX.tabXXXX` } as never,
    sequence: 1,
    announcedAtMs: 1,
    holdings: [
      {
        kind: 'blocks',
        modelRoot: MODEL_ROOT,
        firstBlock: 0,
        endBlock: 8,
        embeds: true,
        heads: true,
        msPerBlock: 2,
        positionsMax: 512,
      },
    ],
    memoryBytes: 2e9,
    numericClass: 'webgpu-f32',
    deviceKind: 'desktop',
    state: 'serving',
    sessions: 0,
    sessionsMax: 4,
    ...changes,
  };
}

describe('volunteers', () => {
  it('are looked at only while somebody wants to, and each tab counts once', async () => {
    const peer = createPeerDouble();
    const { entries, watch } = createVolunteers({ peer: async () => peer });
    const stop = watch([MODEL_ROOT, OTHER_ROOT]);
    await Promise.resolve();
    peer.reportVolunteers(MODEL_ROOT, [entryOf('anna'), entryOf('bert')]);
    peer.reportVolunteers(OTHER_ROOT, [entryOf('anna', { sequence: 2, memoryBytes: 9e9 })]);
    expect(entries.value.map(({ memoryBytes }) => memoryBytes)).toEqual([9e9, 2e9]);
    stop();
    expect(entries.value).toEqual([]);
    peer.reportVolunteers(MODEL_ROOT, [entryOf('anna')]);
    expect(entries.value).toEqual([]);
  });

  it('are nobody where there is no connection', async () => {
    const { entries, watch } = createVolunteers({ peer: () => Promise.reject(new Error('off')) });
    watch([MODEL_ROOT])();
    expect(entries.value).toEqual([]);
  });
});

describe('what volunteers are', () => {
  const entries = [
    entryOf('anna'),
    entryOf('bert', { numericClass: 'wasm-i8', memoryBytes: 5e8, deviceKind: 'phone' }),
    entryOf('carl', { numericClass: 'onnx-wasm', memoryBytes: 64e9 }),
  ];

  it('is counted by what computes, numeric class, memory and device', () => {
    const bars = Object.fromEntries(
      chartCapabilities(entries).map((chart) => [
        chart.key,
        chart.bars.map(({ name, count, length }) => `${name} ${count} ${length}`),
      ]),
    );
    expect(bars).toEqual({
      backend: ['the processor (WASM) 2 1', 'the GPU (WebGPU) 1 0.5'],
      class: ['onnx-wasm 1 1', 'wasm-i8 1 1', 'webgpu-f32 1 1'],
      memory: ['below 1 GB 1 1', '2 GB to 4 GB 1 1', '16 GB and more 1 1'],
      device: ['desktop 2 1', 'phone 1 0.5'],
    });
  });

  it('includes how fast they are, the fastest first, by short names', () => {
    const [holding] = entryOf('x').holdings;
    if (holding?.kind !== 'blocks') throw new Error('an entry holds blocks');
    const slow = entryOf('dora', { holdings: [{ ...holding, msPerBlock: 8, endBlock: 4 }] });
    expect(listSpeeds([slow, entryOf('anna')], () => 'Pip')).toMatchObject([
      { what: 'Pip, blocks 0–7', peer: 'anna·tab', speed: '2 ms a block', length: 0.25 },
      { what: 'Pip, blocks 0–3', peer: 'dora·tab', speed: '8 ms a block', length: 1 },
    ]);
  });
});

describe('changes of coverage', () => {
  const view = (...blocks: number[]): NetworkView => ({
    peers: 1,
    models: [
      {
        kind: 'blocks',
        modelRoot: MODEL_ROOT,
        coverage: { blocks, embeds: 1, heads: 1, volunteers: 1 },
        kinds: {},
        sessions: 0,
      },
    ],
    events: [{ atMs: 5, kind: 'relay-started' }],
  });

  it('are what this tab saw, in words and among what the relay reports', () => {
    const network = signal<NetworkView | undefined>(view(1, 1, 1));
    const events = createCoverageEvents(network, signal('public'), () => 7);
    expect(events.value).toEqual([]);
    network.value = view(1, 0, 0);
    network.value = { ...view(), models: [] };
    network.value = view(1, 1, 1);
    const listed = listNetworkEvents([catalogEntry()], network.value.events, events.value);
    expect(listed.map(({ text }) => text)).toEqual([
      'Somebody holds blocks 0–2 of Pip',
      'Nobody holds block 0 of Pip any more',
      'Nobody holds blocks 1–2 of Pip any more',
      'The relay started',
    ]);
    expect(new Set(listed.map(({ key }) => key)).size).toBe(4);
  });

  it('while the relay was out of reach were seen by nobody', () => {
    const network = signal<NetworkView | undefined>(view(1));
    const scope = signal('public');
    const events = createCoverageEvents(network, scope);
    network.value = undefined;
    network.value = view(0);
    expect(events.value).toEqual([]);
    network.value = view(1);
    expect(events.value).toHaveLength(1);
    scope.value = 'circle';
    expect(events.value).toEqual([]);
  });

  it('are bounded', () => {
    const network = signal<NetworkView | undefined>(view(1));
    const events = createCoverageEvents(network, signal('public'));
    for (let round = 0; round < 100; round += 1) network.value = view(round % 2);
    expect(events.value).toHaveLength(50);
  });
});
