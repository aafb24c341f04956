import { describe, expect, it, vi } from 'vitest';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
import { createConditionsDouble } from '../testing/conditions-double.ts';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createPeerDouble } from '../testing/peer-double.ts';
import { createSiteDouble } from '../testing/site-double.ts';
import { createCatalogState } from './catalog.ts';
import { createConnection } from './connection.ts';
import { createContribution, findObstacle } from './contribution.ts';

const capable = {
  isSecureContext: true,
  hasWebGpu: true,
  hasWasmSimd: true,
  hasWebRtc: true,
  deviceMemoryGb: 8,
};

describe('contributing', () => {
  it('starts nothing by itself', async () => {
    const { site, peer } = await createSiteDouble();
    site.contribution.change({ gpuShare: 0.2, modelId: 'pip' });
    expect(peer.starts).toEqual([]);
    expect(site.contribution.state.value.phase).toBe('idle');
  });

  it('hands the limits over at the start and the GPU share at once', async () => {
    const { site, peer } = await createSiteDouble();
    site.contribution.change({ gpuShare: 0.2, modelId: 'pip', memoryBytes: 512_000_000 });
    await site.contribution.start();
    expect(peer.starts).toEqual([
      { memoryBytesMax: 512_000_000, gpuShare: 0.2, backend: 'auto', modelRoot: MODEL_ROOT },
    ]);
    peer.reportVolunteer({ phase: 'serving', tokensServed: 5 });
    expect(site.contribution.isActive.value).toBe(true);
    site.contribution.change({ gpuShare: 0.9 });
    expect(peer.shares).toEqual([0.9]);
    await site.contribution.start();
    expect(peer.starts).toHaveLength(1);
    await site.contribution.stop();
    expect(site.contribution.state.value.phase).toBe('stopped');
    expect(site.contribution.isActive.value).toBe(false);
  });

  it('says at the next start how fast this browser served', async () => {
    const { site, peer } = await createSiteDouble();
    await site.contribution.start();
    expect(peer.starts[0]).not.toHaveProperty('measured');
    const measured = { modelRoot: MODEL_ROOT, msPerBlock: 2.5, numericClass: 'wasm-i8' };
    peer.reportVolunteer({ phase: 'loading', ...measured, msPerBlock: 9 });
    peer.reportVolunteer({ phase: 'serving', ...measured });
    await site.contribution.stop();
    await site.contribution.start();
    expect(peer.starts[1]).toMatchObject({ measured });
  });

  it('helps with whatever is needed when the chosen model is not verified any more', async () => {
    const { site, peer } = await createSiteDouble({
      entries: [catalogEntry({ status: 'unverified' })],
    });
    site.contribution.change({ modelId: 'pip' });
    await site.contribution.start();
    expect(peer.starts[0]).not.toHaveProperty('modelRoot');
  });

  it('shows the volunteer’s own failure, and one that came before the volunteer', async () => {
    const own = { code: 'hash-mismatch', message: 'Piece 3.' };
    const failing = await createSiteDouble({
      start: (double) => {
        double.reportVolunteer({ phase: 'failed', error: own });
        return Promise.reject(new Error('less detail'));
      },
    });
    await failing.site.contribution.start();
    expect(failing.site.contribution.state.value).toMatchObject({ phase: 'failed', error: own });

    const connection = createConnection(() => Promise.reject(new Error('No code.')));
    const contribution = createContribution({
      connection,
      catalog: createCatalogState(() => Promise.reject(new Error('offline'))),
      environment: capable,
      watchConditions: createConditionsDouble().watch,
      storage: createMemoryStorage(),
    });
    await contribution.start();
    expect(contribution.state.value).toMatchObject({
      phase: 'failed',
      error: { code: 'internal' },
    });
  });

  it('does not stay “stopping” when stopping fails', async () => {
    const { site, peer } = await createSiteDouble();
    await site.contribution.start();
    peer.reportVolunteer({ phase: 'stopping' });
    peer.volunteer.stop = () => Promise.reject(new Error('The worker hangs.'));
    await site.contribution.stop();
    expect(site.contribution.state.value).toMatchObject({
      phase: 'failed',
      error: { code: 'internal' },
    });
  });

  it('does not start after Stop was pressed while the code was loading', async () => {
    const peer = createPeerDouble();
    const opening = deferred();
    const contribution = createContribution({
      connection: createConnection(async () => {
        await opening.promise;
        return peer;
      }),
      catalog: createCatalogState(() => new Promise(() => undefined)),
      environment: capable,
      watchConditions: createConditionsDouble().watch,
      storage: undefined,
    });
    const started = contribution.start();
    expect(contribution.isActive.value).toBe(true);
    await contribution.stop();
    opening.resolve(undefined);
    await started;
    expect(peer.starts).toEqual([]);
    expect(contribution.state.value.phase).toBe('stopped');
  });

  it('pauses by the person’s rules, as the browser and the settings change', async () => {
    const { site, peer, conditions } = await createSiteDouble();
    const { contribution } = site;
    await contribution.start();
    expect(peer.pauses).toEqual([undefined]);
    conditions.change({ isHidden: true });
    expect(peer.pauses).toHaveLength(1);
    contribution.changeRules({ servesHidden: false });
    expect(peer.pauses.at(-1)).toEqual({ reasons: ['hidden'] });
    conditions.change({ isHidden: false, isOnBattery: true });
    expect(peer.pauses.at(-1)).toEqual({ reasons: ['battery'] });
    conditions.change({ isOnBattery: false });
    expect(peer.pauses.at(-1)).toBeUndefined();
    expect(peer.pauses).toHaveLength(4);
  });

  it('counts the data of a day, pauses when it is used up, and keeps counting after a reload', async () => {
    const storage = createMemoryStorage();
    const { site, peer } = await createSiteDouble({ storage });
    const { contribution } = site;
    contribution.changeRules({ dataBytesPerDayMax: 100_000_000 });
    await contribution.start();
    const progress = { phase: 'weights', loadedBytes: 0, totalBytes: 0 } as const;
    const download = {
      ...progress,
      bytesPerSecond: 0,
      repairedPieces: 0,
      networkBytes: 40_000_000,
    };
    peer.reportVolunteer({ phase: 'loading', progress: download });
    peer.reportVolunteer({ phase: 'serving', bytesSent: 30_000_000, bytesReceived: 29_000_000 });
    expect(peer.pauses.at(-1)).toBeUndefined();
    peer.reportVolunteer({ bytesReceived: 30_000_000 });
    expect(peer.pauses.at(-1)).toMatchObject({ reasons: ['data-cap'] });
    expect(peer.pauses.at(-1)?.untilMs).toBeGreaterThan(Date.now());
    site.leave();
    const again = await createSiteDouble({ storage });
    expect(again.site.contribution.usage.today.value).toMatchObject({
      bytesUp: 30_000_000,
      bytesDown: 70_000_000,
    });
    expect(again.site.contribution.guest.pause.value).toMatchObject({ reasons: ['data-cap'] });
  });

  it('asks the volunteer to stop again when Stop is pressed while answers end', async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { site, peer } = await createSiteDouble({ stop: () => ended });
    await site.contribution.start();
    peer.reportVolunteer({ phase: 'serving', sessionCount: 1 });
    const first = site.contribution.stop();
    peer.reportVolunteer({ phase: 'stopping' });
    const second = site.contribution.stop();
    expect(peer.stopCount).toBe(2);
    end();
    await Promise.all([first, second]);
    expect(site.contribution.state.value.phase).toBe('stopped');
  });

  it('names what is missing in a browser before anything is asked of it', () => {
    expect(findObstacle({ ...capable, isSecureContext: false, hasWebGpu: false })?.code).toBe(
      'insecure-context',
    );
    expect(findObstacle({ ...capable, hasWebGpu: false })).toBeUndefined();
    const neither = { ...capable, hasWebGpu: false, hasWasmSimd: false };
    expect(findObstacle(neither)?.code).toBe('no-webgpu');
    expect(findObstacle({ ...capable, hasWebRtc: false })?.code).toBe('webrtc-unavailable');
    expect(findObstacle(capable)).toBeUndefined();
  });
});

describe('leaving the page', () => {
  it('closes the peer, stops and saves; coming back opens a new one', async () => {
    const { site, peer } = await createSiteDouble();
    await site.contribution.start();
    peer.reportVolunteer({ phase: 'serving' });
    site.leave();
    expect(peer.isDisposed).toBe(true);
    expect(site.contribution.state.value.phase).toBe('stopped');
    expect(site.connection.status.value.state).toBe('off');
    // What the old peer still says is not believed.
    peer.reportVolunteer({ phase: 'serving' });
    expect(site.contribution.isActive.value).toBe(false);
    site.resume();
    await vi.waitFor(() => expect(site.connection.status.value.state).toBe('open'));
  });
});

function deferred() {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
