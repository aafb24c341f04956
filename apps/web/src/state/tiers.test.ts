import { createMemoryCircleStore } from '@manyhands/swarm/circle-store';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createSiteDouble, type SiteDouble } from '../testing/site-double.ts';
import { describeEnd } from './circle-view.ts';
import { inviteLink, takeInvite } from './invite-link.ts';
import type { Site } from './site.ts';

const DAY_MS = 86_400_000;

afterEach(() => void vi.useRealTimers());

/** Answers that say what they were asked. */
const echo: Parameters<typeof createSiteDouble>[0] = {
  answer: async function* (request) {
    const text = 'messages' in request.input ? `${request.input.messages.length} messages` : '';
    yield { type: 'token', tokenId: 1, text };
    const stats = { promptTokens: 1, repairs: 0 };
    const answer = { text, tokenIds: [1], chain: [], links: [], stats };
    yield { type: 'done', answer: { ...answer, finishReason: 'stop' } };
  },
};

async function say({ chat }: Site, text: string): Promise<void> {
  expect(chat.send(text)).toBe(true);
  await vi.waitFor(() => expect(chat.isAnswering.value).toBe(false));
}
const said = ({ chat }: Site) =>
  chat.turns.value.flatMap((turn) => (turn.role === 'user' ? turn.text : []));

/** Makes a circle as a person does, and returns the text of its invitation. */
async function makeCircle({ site }: SiteDouble, name = 'Book club', lifetimeMs = DAY_MS) {
  site.circleDialog.show({ kind: 'create' });
  await site.circleDialog.create(name, lifetimeMs);
  const view = site.circleDialog.view.value;
  if (view?.kind !== 'invite') throw new Error(site.circleDialog.error.value?.message);
  return view.circle.invite ?? '';
}

describe('the tiers', () => {
  it('open a peer for what was chosen, close the one before, and are remembered', async () => {
    const storage = createMemoryStorage();
    const double = await createSiteDouble({ storage });
    const { site, peer, scopes } = double;
    expect(scopes.map(({ tier }) => tier)).toEqual(['public']);
    await makeCircle(double);
    await vi.waitFor(() => expect(scopes.map(({ tier }) => tier)).toEqual(['public', 'circle']));
    expect(peer.isDisposed).toBe(true);
    site.tiers.choose('local');
    await vi.waitFor(() => expect(scopes.at(-1)?.tier).toBe('local'));
    expect(site.connection.status.value.state).toBe('local');
    const again = await createSiteDouble({ storage });
    expect(again.scopes.map(({ tier }) => tier)).toEqual(['local']);
  });

  it('never fall back to a wider one: without its circle a tab asks and connects to nobody', async () => {
    const storage = createMemoryStorage();
    const double = await createSiteDouble({ storage });
    await makeCircle(double);
    // The browser has lost its keys.
    const circleStore = createMemoryCircleStore();
    const { site, scopes } = await createSiteDouble({ storage, circleStore });
    expect(site.tiers.tier.value).toBe('circle');
    expect(scopes).toEqual([]);
    site.connection.retry();
    await expect(site.connection.peer()).rejects.toMatchObject({ code: 'circle-expired' });
    expect(site.connection.status.value.state).toBe('off');
    expect(site.chat.obstacle.value).toContain('Choose a circle');
    expect(site.chat.send('Hello')).toBe(false);
    expect(scopes).toEqual([]);
  });

  it('keep what was said in one out of the others', async () => {
    const double = await createSiteDouble(echo);
    const { site, sessionStorage } = double;
    await say(site, 'to everybody');
    await makeCircle(double);
    expect(said(site)).toEqual([]);
    await say(site, 'to my friends');
    expect(double.peer.requests.at(-1)?.input).toEqual({
      messages: [{ role: 'user', content: 'to my friends' }],
    });
    await makeCircle(double, 'Another');
    expect(said(site)).toEqual([]);
    site.tiers.choose('public');
    expect(said(site)).toEqual(['to everybody']);
    site.circleDialog.show({ kind: 'list' });
    const [first] = site.circles.list.value;
    if (first === undefined) throw new Error('There is no circle.');
    site.circleDialog.use(first);
    expect(said(site)).toEqual(['to my friends']);
    // Leaving forgets it, though it was on the page a moment ago.
    site.circleDialog.show({ kind: 'leave', circle: first });
    await site.circleDialog.leave();
    expect(said(site)).toEqual([]);
    site.leave();
    const kept = Object.keys(Object.fromEntries(entriesOf(sessionStorage))).join(' ');
    expect(kept).not.toContain(first.id);
    expect(JSON.stringify(entriesOf(sessionStorage))).not.toContain('to my friends');
  });

  it('stop an answer that runs when another is chosen, and what this tab serves', async () => {
    let signal: AbortSignal | undefined;
    const double = await createSiteDouble({
      answer: async function* (_, abort) {
        signal = abort;
        await new Promise((resolve) => abort?.addEventListener('abort', resolve));
        yield* [];
      },
    });
    const { site, peer } = double;
    expect(site.chat.send('Hello')).toBe(true);
    await vi.waitFor(() => expect(signal).toBeDefined());
    void site.contribution.start();
    await vi.waitFor(() => expect(peer.starts).toHaveLength(1));
    peer.reportVolunteer({ phase: 'serving' });
    site.tiers.choose('local');
    expect(signal?.aborted).toBe(true);
    expect(peer.isDisposed).toBe(true);
    expect(site.contribution.isActive.value).toBe(false);
  });

  it('tell the relay nothing later of what was served to a circle', async () => {
    const storage = createMemoryStorage();
    const double = await createSiteDouble({ storage });
    const { site, peer } = double;
    const measured = { modelRoot: MODEL_ROOT, msPerBlock: 2, numericClass: 'wasm-i8' };
    const serve = async (): Promise<void> => {
      void site.contribution.start();
      await vi.waitFor(() => expect(site.contribution.state.value.phase).toBe('probing'));
      await vi.waitFor(() => expect(peer.starts.length).toBe(starts + 1));
      starts += 1;
      peer.reportVolunteer({ phase: 'serving', ...measured });
    };
    let starts = 0;
    await makeCircle(double);
    await serve();
    expect(JSON.stringify(entriesOf(storage))).not.toContain(MODEL_ROOT);
    site.tiers.choose('public');
    await serve();
    expect(peer.starts.at(-1)).not.toHaveProperty('measured');
    // In public it is kept, and a circle may use it: there nobody is told.
    expect(JSON.stringify(entriesOf(storage))).toContain(MODEL_ROOT);
  });

  it('ask alone only what is loaded here, with a click', async () => {
    const double = await createSiteDouble(echo);
    const { site, peer } = double;
    site.tiers.choose('local');
    expect(site.chat.send('Hello')).toBe(false);
    expect(site.chat.obstacle.value).toContain('Load the model');
    await site.localModel.load(catalogEntry());
    expect(peer.starts[0]).toMatchObject({
      modelRoot: MODEL_ROOT,
      range: { firstBlock: 0, endBlock: 8, embeds: true, heads: true },
    });
    peer.reportVolunteer({ phase: 'serving', modelRoot: 'b'.repeat(64) });
    expect(site.chat.send('Hello')).toBe(false);
    peer.reportVolunteer({ phase: 'serving', modelRoot: MODEL_ROOT });
    await say(site, 'Hello');
    // What it holds for itself is no contribution.
    expect(site.contribution.isActive.value).toBe(false);
    await site.localModel.unload();
    expect(site.chat.send('Hello')).toBe(false);
  });
});

describe('a circle', () => {
  it('is joined only after a yes, by whoever has the whole link, and kept without its secret', async () => {
    const invite = await makeCircle(await createSiteDouble());
    const { site, scopes } = await createSiteDouble();
    const { circleDialog, circles } = site;
    await circleDialog.openInvite(invite.slice(0, -1));
    expect(circleDialog.view.value).toMatchObject({
      kind: 'refused',
      error: { code: 'bad-invite' },
    });
    await circleDialog.openInvite(invite);
    expect(circleDialog.view.value).toMatchObject({ kind: 'join', invite: { name: 'Book club' } });
    expect(circles.list.value).toEqual([]);
    circleDialog.close();
    expect(scopes.map(({ tier }) => tier)).toEqual(['public']);
    await circleDialog.openInvite(invite);
    await circleDialog.join();
    expect(circleDialog.view.value).toBeUndefined();
    await vi.waitFor(() => expect(scopes.at(-1)?.tier).toBe('circle'));
    expect(circles.list.value).toHaveLength(1);
    expect(circles.list.value[0]?.invite).toBeUndefined();
    // The same link again is the same circle.
    await circleDialog.openInvite(invite);
    await circleDialog.join();
    expect(circles.list.value).toHaveLength(1);
  });

  it('gets a new secret and leaves the old one at once', async () => {
    const double = await createSiteDouble();
    const invite = await makeCircle(double);
    const { site } = double;
    const [old] = site.circles.list.value;
    if (old === undefined) throw new Error('There is no circle.');
    site.circleDialog.show({ kind: 'create', replaces: old });
    await site.circleDialog.create(old.name, DAY_MS);
    const [next, ...others] = site.circles.list.value;
    expect(others).toEqual([]);
    expect(next?.name).toBe(old.name);
    expect([next?.id, next?.invite]).not.toContain(old.id);
    expect(next?.invite).not.toBe(invite);
    expect(site.tiers.circle.value?.id).toBe(next?.id);
  });

  it('ends by the clock: the connection closes and the page says so', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const double = await createSiteDouble();
    await makeCircle(double, 'Short', 90_000);
    const { site, scopes } = double;
    await vi.waitFor(() => expect(scopes.at(-1)?.tier).toBe('circle'));
    await vi.waitFor(() => expect(site.connection.status.value.state).not.toBe('loading'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(site.tiers.scope.value?.tier).toBe('circle');
    await vi.advanceTimersByTimeAsync(31_000);
    expect(site.tiers.isExpired.value).toBe(true);
    expect(site.tiers.scope.value).toBeUndefined();
    expect(site.connection.status.value.state).toBe('off');
    expect(site.chat.obstacle.value).toContain('has expired');
    expect(site.chat.send('Hello')).toBe(false);
    const nowMs = site.tiers.nowMs.value;
    expect(describeEnd({ expiresAtMs: nowMs }, nowMs)).toBe('expired');
    expect(describeEnd({ expiresAtMs: nowMs + 59 * 60_000 }, nowMs)).toBe('ends in 59 minutes');
    expect(describeEnd({ expiresAtMs: nowMs + DAY_MS }, nowMs)).toBe('ends in 24 hours');
    expect(describeEnd({ expiresAtMs: nowMs + 30 * DAY_MS }, nowMs)).toBe('ends in 30 days');
    site.tiers.dispose();
  });

  it('lives with the page where the browser keeps nothing', async () => {
    const refuse = () => Promise.reject(new DOMException('Blocked.', 'SecurityError'));
    const circleStore = { list: refuse, put: refuse, remove: refuse };
    const double = await createSiteDouble({ circleStore });
    await makeCircle(double);
    expect(double.site.circles.isPassing.value).toBe(true);
    expect(double.site.tiers.scope.value?.tier).toBe('circle');
  });

  it('is taken out of the address bar before anything else looks', () => {
    const replaced: string[] = [];
    const history = {
      replaceState: (_: unknown, __: string, url: string) => void replaced.push(url),
    } as unknown as History;
    const at = (href: string) => takeInvite({ location: new URL(href) as never, history });
    expect(at(inviteLink('https://example.org', 'abc'))).toBe('abc');
    expect(replaced).toEqual(['/#/chat']);
    expect(at('https://example.org/#/chat')).toBeUndefined();
    expect(replaced).toHaveLength(1);
  });
});

function entriesOf(storage: Storage): [string, string | null][] {
  return Array.from({ length: storage.length }, (_, index) => {
    const key = storage.key(index) ?? '';
    return [key, storage.getItem(key)];
  });
}
