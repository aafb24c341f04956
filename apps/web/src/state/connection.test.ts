import { afterEach, describe, expect, it, vi } from 'vitest';
import { catalogEntry } from '../testing/catalog-entry.ts';
import { createPeerDouble } from '../testing/peer-double.ts';
import { createCatalogState } from './catalog.ts';
import { createConnection } from './connection.ts';
import { CATALOG_BUSY_INTERVAL_MS, CATALOG_RETRY_INTERVAL_MS } from './limits.ts';

const network = { peers: 1, models: [], events: [] };

afterEach(() => void vi.useRealTimers());

describe('the connection', () => {
  it('opens one peer however many ask, and follows it', async () => {
    const peer = createPeerDouble();
    const open = vi.fn(async () => peer);
    const connection = createConnection(open);
    await Promise.all([connection.peer(), connection.peer()]);
    expect(open).toHaveBeenCalledTimes(1);
    peer.reportNetwork(network);
    expect(connection.network.value).toEqual(network);
    peer.reportRelay({ state: 'waiting', error: { code: 'relay-unreachable', message: '' } });
    expect(connection.status.value).toMatchObject({ state: 'waiting' });
    expect(connection.network.value).toBeUndefined();
    connection.retry();
    expect(connection.status.value.state).toBe('connecting');
  });

  it('says why it could not open, and tries again when asked', async () => {
    const peer = createPeerDouble();
    const refusal = Object.assign(new Error('Use https.'), { code: 'insecure-context' });
    const open = vi.fn(async () => peer).mockRejectedValueOnce(refusal);
    const connection = createConnection(open);
    await expect(connection.peer()).rejects.toBe(refusal);
    expect(connection.status.value).toEqual({
      state: 'failed',
      error: { code: 'insecure-context', message: 'Use https.' },
    });
    connection.retry();
    await vi.waitFor(() => expect(connection.status.value.state).toBe('open'));
  });

  it('disposes of a peer that opened after the page had closed it', async () => {
    const peer = createPeerDouble();
    const connection = createConnection(async () => peer);
    const opening = connection.peer();
    connection.close();
    await expect(opening).rejects.toThrow();
    expect(peer.isDisposed).toBe(true);
    expect(connection.status.value.state).toBe('off');
  });
});

describe('the catalogue', () => {
  it('tries again after a failure and asks often while a model is being verified', async () => {
    vi.useFakeTimers();
    const hashing = { version: 1 as const, entries: [catalogEntry({ status: 'hashing' })] };
    const ready = { version: 1 as const, entries: [catalogEntry()] };
    const failure = Object.assign(new Error('offline'), { code: 'catalog-unavailable' });
    const read = vi.fn(async () => ready);
    read.mockRejectedValueOnce(failure).mockResolvedValueOnce(hashing);
    const catalog = createCatalogState(read);
    await vi.advanceTimersByTimeAsync(0);
    expect(catalog.error.value?.code).toBe('catalog-unavailable');
    expect(catalog.isKnown.value).toBe(true);
    await vi.advanceTimersByTimeAsync(CATALOG_RETRY_INTERVAL_MS);
    expect(catalog.error.value).toBeUndefined();
    expect(catalog.entries.value[0]?.status).toBe('hashing');
    await vi.advanceTimersByTimeAsync(CATALOG_BUSY_INTERVAL_MS);
    expect(catalog.entries.value[0]?.status).toBe('ready');
    catalog.dispose();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(read).toHaveBeenCalledTimes(3);
  });
});
