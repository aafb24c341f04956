import { afterEach, expect, it, vi } from 'vitest';
import { askInWindow, readQuestion, type Terms } from './confirm-window.ts';
import { FRAME_SETTINGS } from './frame-settings.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A frame that opens a window, and that window. */
function openBoth(terms: Terms) {
  let listener = (_event: unknown): void => undefined;
  const opened = { closed: false };
  let url = new URL('https://relay.example');
  const frame = {
    crypto,
    location: { origin: 'https://relay.example', pathname: '/embed.html', search: '?embed=blog' },
    open: (address: string) => {
      url = new URL(address);
      return opened;
    },
    addEventListener: (_type: string, added: typeof listener) => {
      listener = added;
    },
  };
  const answer = askInWindow(frame as never, 'https://a.example', terms);
  const popup = {
    location: { hash: url.hash, origin: url.origin },
    opener: {
      postMessage: (data: unknown, origin: string) => listener({ source: opened, origin, data }),
    },
    close: () => {
      opened.closed = true;
    },
  };
  return { answer, url, popup: Object.assign(popup, { parent: popup }) as unknown as Window };
}

it('asks about the limits of the frame that asks', async () => {
  vi.useFakeTimers();
  const limits = {
    ...FRAME_SETTINGS,
    gpuShare: 1,
    memoryBytes: 2_000_000_000,
    rules: { ...FRAME_SETTINGS.rules, servesOnBattery: true },
  };
  const { popup, answer, url } = openBoth({ limits, storage: 'blocked' });
  expect(url.href).toContain('/embed.html?embed=blog#');
  const question = readQuestion(popup);
  const { memoryBytes, gpuShare, rules } = limits;
  expect(question?.site).toBe('https://a.example');
  expect(question?.terms).toEqual({ limits: { memoryBytes, gpuShare, rules }, storage: 'blocked' });
  question?.answer(true, true);
  expect(await answer).toMatchObject({ isYes: true, isRemembered: true });
});

it('is no question about limits that a frame cannot have', () => {
  const limits = { ...FRAME_SETTINGS, gpuShare: 7 };
  expect(readQuestion(openBoth({ limits, storage: 'partitioned' }).popup)).toBeUndefined();
});
