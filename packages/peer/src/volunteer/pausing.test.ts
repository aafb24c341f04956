import { encodeBase64 } from '@manyhands/protocol/base64';
import type { PeerMessage } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { PAUSE_DRAIN_TIMEOUT_MS, STOP_DRAIN_TIMEOUT_MS } from '../limits.ts';
import { TOY_BLOCKS, TOY_ROOT } from '../testing/toy-swarm.ts';
import { createToyVolunteer, type ToyVolunteerSetup } from '../testing/toy-volunteer.ts';

const OPTIONS = { memoryBytesMax: 1e9, gpuShare: 0.5 };
const HIDDEN = { reasons: ['hidden'] } as const;

afterEach(() => {
  vi.useRealTimers();
});

async function serving() {
  const setup = await createToyVolunteer();
  await setup.volunteer.start(OPTIONS);
  expect(setup.volunteer.state.phase).toBe('serving');
  return setup;
}

interface Asker {
  readonly link: Link;
  readonly messages: PeerMessage[];
  open(session: number): Promise<PeerMessage>;
  close(session: number): void;
}

/** Somebody who opens sessions at the volunteer. */
async function askerOf(setup: ToyVolunteerSetup): Promise<Asker> {
  const transport = await setup.stranger();
  const link = await transport.connect(setup.peerId as never);
  const messages: PeerMessage[] = [];
  let wake: () => void = () => undefined;
  link.listen({
    onMessage: (message) => {
      messages.push(message);
      wake();
    },
    onFrame: () => undefined,
    onClose: () => undefined,
  });
  const idOf = (session: number): string => encodeBase64(new Uint8Array(16).fill(session));
  return {
    link,
    messages,
    async open(session) {
      const answered = new Promise<void>((resolve) => {
        wake = resolve;
      });
      link.sendMessage({
        type: 'open-session',
        sessionId: idOf(session),
        epoch: 0,
        modelRoot: TOY_ROOT,
        firstBlock: 0,
        endBlock: TOY_BLOCKS,
        embeds: true,
        heads: true,
        positionsMax: 64,
        upstream: transport.peerId,
        downstream: transport.peerId,
        activation: 'f32',
        prefixKeys: [],
        replayTo: 0,
        forwardsReplay: true,
      });
      await answered;
      return messages.at(-1) as PeerMessage;
    },
    close: (session) =>
      link.sendMessage({
        type: 'close-session',
        sessionId: idOf(session),
        epoch: 0,
        prefixKeys: [],
      }),
  };
}

/** The real one, where a test has replaced the global. */
const later = globalThis.setTimeout;
/** Deliveries are microtasks: a macrotask later they are done. */
const settle = () => new Promise((resolve) => later(resolve, 0));

describe('a volunteer that pauses', () => {
  test('drains: what runs ends, nothing new begins, then it leaves the directory', async () => {
    const setup = await serving();
    const asker = await askerOf(setup);
    expect(await asker.open(1)).toMatchObject({ type: 'session-opened' });
    setup.volunteer.setPause(HIDDEN);
    expect(setup.volunteer.state).toMatchObject({ phase: 'draining', pause: HIDDEN });
    expect(setup.announced.at(-1)).toBe('drains');
    expect(await asker.open(2)).toMatchObject({ type: 'session-refused', code: 'draining' });
    expect(setup.volunteer.state.phase).toBe('draining');
    asker.close(1);
    await settle();
    expect(asker.messages.at(-1)).toMatchObject({ type: 'session-closed' });
    expect(setup.volunteer.state.phase).toBe('paused');
    expect(setup.announced.at(-1)).toBeUndefined();
    expect(asker.messages.map(({ type }) => type)).not.toContain('goodbye');
  });

  test('goes on at once, with what it has loaded', async () => {
    const setup = await serving();
    setup.volunteer.setPause(HIDDEN);
    await settle();
    expect(setup.volunteer.state.phase).toBe('paused');
    setup.volunteer.setPause(undefined);
    expect(setup.volunteer.state.phase).toBe('serving');
    expect(setup.volunteer.state.pause).toBeUndefined();
    expect(setup.announced.at(-1)).toBe('serving');
    expect(setup.workers).toHaveLength(1);
    expect(setup.workers[0]?.loads).toHaveLength(1);
    const asker = await askerOf(setup);
    expect(await asker.open(1)).toMatchObject({ type: 'session-opened' });
  });

  test('says goodbye to those whose answers do not end in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const setup = await serving();
    const asker = await askerOf(setup);
    await asker.open(1);
    setup.volunteer.setPause(HIDDEN);
    vi.advanceTimersByTime(PAUSE_DRAIN_TIMEOUT_MS - 1);
    await settle();
    expect(setup.volunteer.state.phase).toBe('draining');
    vi.advanceTimersByTime(1);
    await settle();
    expect(asker.messages.map(({ type }) => type)).toContain('goodbye');
    expect(setup.volunteer.state).toMatchObject({ phase: 'paused', sessionCount: 0 });
  });

  test('keeps its sessions when the pause is over before they are', async () => {
    const setup = await serving();
    const asker = await askerOf(setup);
    await asker.open(1);
    setup.volunteer.setPause(HIDDEN);
    setup.volunteer.setPause(undefined);
    await settle();
    expect(setup.volunteer.state).toMatchObject({ phase: 'serving', sessionCount: 1 });
    expect(await asker.open(2)).toMatchObject({ type: 'session-opened' });
  });

  test('loads nothing before a pause that is on already is over', async () => {
    const setup = await createToyVolunteer();
    setup.volunteer.setPause(HIDDEN);
    const started = setup.volunteer.start(OPTIONS);
    await settle();
    expect(setup.volunteer.state).toMatchObject({ phase: 'paused', pause: HIDDEN });
    expect(setup.workers).toHaveLength(0);
    setup.volunteer.setPause(undefined);
    await started;
    expect(setup.volunteer.state.phase).toBe('serving');
  });

  test('that began while it loaded serves nobody, and is not announced', async () => {
    const setup = await createToyVolunteer();
    setup.volunteer.subscribe(({ phase }) => {
      if (phase === 'loading') setup.volunteer.setPause(HIDDEN);
    });
    await setup.volunteer.start(OPTIONS);
    await settle();
    expect(setup.volunteer.state.phase).toBe('paused');
    expect(setup.announced).not.toContain('serving');
  });

  test('loads again after a lost device, and stays paused', async () => {
    const setup = await serving();
    setup.volunteer.setPause(HIDDEN);
    await settle();
    setup.workers[0]?.loseDevice();
    await expect.poll(() => setup.workers.length).toBe(2);
    await expect.poll(() => setup.volunteer.state.phase).toBe('paused');
    expect(setup.isAnnounced).toBe(false);
  });
});

describe('a page that was frozen', () => {
  test('leaves the directory at once and comes back when it has proven itself awake', async () => {
    const setup = await serving();
    const asker = await askerOf(setup);
    await asker.open(1);
    setup.setAwake(false);
    expect(setup.isAnnounced).toBe(false);
    expect(setup.volunteer.state).toMatchObject({
      phase: 'paused',
      pause: { reasons: ['asleep'] },
    });
    expect(await asker.open(2)).toMatchObject({ code: 'draining' });
    setup.setAwake(true);
    expect(setup.announced.at(-1)).toBe('serving');
    // Nobody was told goodbye: an answer that survived the freeze goes on.
    expect(setup.volunteer.state).toMatchObject({ phase: 'serving', sessionCount: 1 });
  });

  test('stays away while another reason holds', async () => {
    const setup = await serving();
    setup.setAwake(false);
    setup.volunteer.setPause(HIDDEN);
    expect(setup.volunteer.state.pause?.reasons).toEqual(['asleep', 'hidden']);
    setup.setAwake(true);
    await settle();
    expect(setup.volunteer.state).toMatchObject({ phase: 'paused', pause: HIDDEN });
    expect(setup.isAnnounced).toBe(false);
  });
});

describe('Stop', () => {
  test('waits for what runs, and announces that it drains', async () => {
    const setup = await serving();
    const asker = await askerOf(setup);
    await asker.open(1);
    const stopped = setup.volunteer.stop();
    await settle();
    expect(setup.volunteer.state).toMatchObject({ phase: 'stopping', sessionCount: 1 });
    expect(setup.announced.at(-1)).toBe('drains');
    expect(await asker.open(2)).toMatchObject({ code: 'draining' });
    asker.close(1);
    await stopped;
    expect(setup.volunteer.state.phase).toBe('stopped');
    expect(asker.messages.map(({ type }) => type)).not.toContain('goodbye');
    expect(setup.workers[0]?.isTerminated).toBe(true);
  });

  test('waits no longer than its bound', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const setup = await serving();
    const asker = await askerOf(setup);
    await asker.open(1);
    const stopped = setup.volunteer.stop();
    vi.advanceTimersByTime(STOP_DRAIN_TIMEOUT_MS);
    await stopped;
    expect(asker.messages.map(({ type }) => type)).toContain('goodbye');
    expect(setup.volunteer.state.phase).toBe('stopped');
  });

  test.each(['draining', 'at-once'] as const)(
    'pressed again (%s) ends what runs at once',
    async (how) => {
      const setup = await serving();
      const asker = await askerOf(setup);
      await asker.open(1);
      const first = setup.volunteer.stop();
      await setup.volunteer.stop(how);
      expect(asker.messages.map(({ type }) => type)).toContain('goodbye');
      expect(setup.volunteer.state.phase).toBe('stopped');
      await first;
    },
  );

  test('during a pause does not return to the directory', async () => {
    const setup = await serving();
    setup.volunteer.setPause(HIDDEN);
    await settle();
    const before = setup.announced.length;
    await setup.volunteer.stop();
    expect(setup.announced).toHaveLength(before);
    setup.volunteer.setPause(undefined);
    expect(setup.volunteer.state.phase).toBe('stopped');
  });

  test('does not load again when the device is lost meanwhile', async () => {
    const setup = await serving();
    const asker = await askerOf(setup);
    await asker.open(1);
    const stopped = setup.volunteer.stop();
    setup.workers[0]?.loseDevice();
    await stopped;
    expect(setup.workers).toHaveLength(1);
    expect(setup.volunteer.state.phase).toBe('stopped');
  });
});
