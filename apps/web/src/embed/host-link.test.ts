import type { FromFrame } from '@manyhands/widget/messages';
import { describe, expect, it } from 'vitest';
import { createHostLink, type FrameWindow } from './host-link.ts';

const WISHES = { mode: 'both', theme: 'dark', lang: 'de', model: 'pip-7m' } as const;
const CONFIGURE = { manyhands: 1, type: 'configure', ...WISHES };
const HOST = 'https://a.example';

/** A frame in a page that records what it is told, and to whom it was addressed. */
function setUp() {
  const told: [unknown, string][] = [];
  const parent = {
    postMessage: (message: unknown, to: string) => told.push([message, to]),
  };
  let listener: (event: object) => void = () => undefined;
  const frame = {
    parent,
    addEventListener: (_: string, heard: (event: object) => void) => {
      listener = heard;
    },
  } as unknown as FrameWindow;
  let stops = 0;
  const link = createHostLink(frame, { onStop: () => (stops += 1) });
  const say = (data: unknown, from: { origin?: string; source?: unknown } = {}) =>
    listener({ origin: HOST, source: parent, data, ...from });
  return {
    link,
    say,
    told,
    get stops() {
      return stops;
    },
  };
}

describe('the page around a frame', () => {
  it('is known by what the browser says of it, and is told only then, and nobody else', () => {
    const { link, say, told } = setUp();
    link.tell({ type: 'stopped' });
    expect(told).toEqual([]);
    say(CONFIGURE);
    expect(link.origin.value).toBe(HOST);
    expect(link.wishes.value).toEqual(WISHES);
    link.tell({ type: 'served', tokens: 3, texts: 0 } satisfies FromFrame);
    expect(told).toEqual([
      [{ manyhands: 1, type: 'ready' }, HOST],
      [{ manyhands: 1, type: 'served', tokens: 3, texts: 0 }, HOST],
    ]);
  });

  it.each([
    ['another window', CONFIGURE, { source: {} }],
    ['an opaque origin', CONFIGURE, { origin: 'null' }],
    ['another version', { ...CONFIGURE, manyhands: 2 }, {}],
    ['a field too many', { ...CONFIGURE, autostart: true }, {}],
    ['a style', { ...CONFIGURE, style: 'body{}' }, {}],
    ['a mode that is none', { ...CONFIGURE, mode: 'start' }, {}],
    ['markup', { ...CONFIGURE, lang: '<img>' }, {}],
    ['a wish to start', { manyhands: 1, type: 'start' }, {}],
    ['no object', 'configure', {}],
  ])('is not heard with %s', (_, data, from) => {
    const { link, say, told } = setUp();
    say(data, from);
    expect(link.origin.value).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('stays who it is, may change its wishes, and may stop', () => {
    const setup = setUp();
    const { link, say } = setup;
    say({ manyhands: 1, type: 'stop' });
    expect(setup.stops).toBe(0);
    say(CONFIGURE);
    say({ ...CONFIGURE, theme: 'light' });
    say({ ...CONFIGURE, theme: 'auto' }, { origin: 'https://b.example' });
    expect(link.origin.value).toBe(HOST);
    expect(link.wishes.value.theme).toBe('light');
    say({ manyhands: 1, type: 'stop' });
    expect(setup.stops).toBe(1);
  });
});
