import { describe, expect, it, vi } from 'vitest';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
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
