import { afterEach, describe, expect, it, vi } from 'vitest';
import { PREFLIGHT_TIMEOUT_MS } from '../limits.ts';
import type { CheckId, CheckResult, PreflightScope } from './check.ts';
import { type PreflightOptions, runPreflight } from './preflight.ts';

afterEach(() => {
  vi.useRealTimers();
});

const NEVER = new Promise<never>(() => undefined);

/** A browser without anything but what a test gives it. */
async function run(
  navigator: object,
  { scope = {}, ...more }: { scope?: object } & Partial<Omit<PreflightOptions, 'scope'>> = {},
): Promise<(id: CheckId) => CheckResult> {
  const results = await runPreflight({
    scope: {
      isSecureContext: true,
      document: { visibilityState: 'visible' },
      navigator,
      ...scope,
    } as PreflightScope,
    hasWasmSimd: true,
    iceServers: [],
    depth: 'quiet',
    ...more,
  });
  return (id) => {
    const found = results.find((result) => result.id === id);
    if (found === undefined) throw new Error(`Nothing was said about ${id}.`);
    return found;
  };
}

describe('a preflight', () => {
  it('names an insecure context, missing WebRTC and a browser that cannot compute', async () => {
    const of = await run({}, { scope: { isSecureContext: false }, hasWasmSimd: false });
    expect(of('secure-context').level).toBe('problem');
    expect(of('webrtc').level).toBe('problem');
    expect(of('compute').level).toBe('problem');
  });

  it('takes a browser without WebGPU for one that computes with its processor', async () => {
    const of = await run({});
    expect(of('compute').level).toBe('ok');
    expect(of('gpu').level).toBe('warning');
  });

  it('asks for an adapter only when a person wants that', async () => {
    const info = { vendor: 'acme', architecture: 'x1', description: '', isFallbackAdapter: false };
    const requestAdapter = vi.fn(async () => ({ info }));
    expect((await run({ gpu: { requestAdapter } }))('gpu').level).toBe('ok');
    expect(requestAdapter).not.toHaveBeenCalled();
    const of = await run({ gpu: { requestAdapter } }, { depth: 'thorough' });
    expect(of('gpu')).toMatchObject({ finding: 'gpu', values: { name: 'acme x1' } });
    const none = await run({ gpu: { requestAdapter: async () => null } }, { depth: 'thorough' });
    expect(none('gpu').level).toBe('warning');
  });

  it('says that WebRTC is blocked where a connection cannot be made', async () => {
    const RTCPeerConnection = function blocked() {
      throw new Error('A policy forbids it.');
    };
    const of = await run({}, { scope: { RTCPeerConnection } });
    expect(of('webrtc').level).toBe('problem');
  });

  it.each([
    ['granted', 'ok'],
    ['prompt', 'ok'],
    ['denied', 'warning'],
  ] as const)('reads the local network permission: %s is %s', async (state, level) => {
    const query = async ({ name }: { name: string }) => {
      // As before Chrome 145.
      if (name === 'local-network') throw new TypeError('Unknown name.');
      return { state };
    };
    const result = (await run({ permissions: { query } }))('local-network');
    expect(result.level).toBe(level);
    expect((await run({}))('local-network').level).toBe('unknown');
  });

  it.each([
    [{ getDirectory: () => Promise.reject(new Error('Private window.')) }, 'warning'],
    [
      { getDirectory: async () => ({}), estimate: async () => ({ quota: 5e8, usage: 0 }) },
      'warning',
    ],
    [{ getDirectory: async () => ({}), estimate: async () => ({ quota: 9e9, usage: 0 }) }, 'ok'],
  ] as const)('looks at the storage %#', async (storage, level) => {
    expect((await run({ storage }))('storage').level).toBe(level);
  });

  it('tells what it does not know from what is fine', async () => {
    const of = await run({});
    expect([of('memory'), of('battery'), of('nat')].map(({ level }) => level)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
    const battery = async () => ({ charging: false });
    const weak = await run(
      { deviceMemory: 2, getBattery: battery },
      { scope: { document: { visibilityState: 'hidden' } } },
    );
    for (const id of ['memory', 'battery', 'visibility'] as const)
      expect(weak(id).level).toBe('warning');
    const strong = await run({ deviceMemory: 8, getBattery: async () => ({ charging: true }) });
    expect([strong('memory').level, strong('battery').level]).toEqual(['ok', 'ok']);
  });

  it('waits for nothing longer than its bound', async () => {
    vi.useFakeTimers();
    const running = run({ getBattery: () => NEVER, storage: { getDirectory: () => NEVER } });
    await vi.advanceTimersByTimeAsync(PREFLIGHT_TIMEOUT_MS);
    const of = await running;
    expect([of('battery').level, of('storage').level]).toEqual(['unknown', 'unknown']);
  });
});
