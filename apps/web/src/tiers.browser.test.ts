import { deriveCircleKeys } from '@manyhands/swarm/circle';
import { createInvite, writeInvite } from '@manyhands/swarm/circle-invite';
import { createMemoryCircleStore } from '@manyhands/swarm/circle-store';
import { signal } from '@preact/signals';
import { h, render } from 'preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { App } from './app.tsx';
import { SiteContext } from './components/site-context.ts';
import { createLanguageChoice } from './state/language-choice.ts';
import { privacySentence } from './state/privacy.ts';
import type { Route } from './state/route.ts';
import { createThemeChoice } from './state/theme.ts';
import type { Tier } from './state/tiers.ts';
import { createMemoryStorage } from './testing/memory-storage.ts';
import { createSiteDouble, type SiteDoubleOptions } from './testing/site-double.ts';

const root = document.createElement('div');
document.body.append(root);
afterEach(() => render(null, root));

async function open(first: Route, options: SiteDoubleOptions = {}) {
  const double = await createSiteDouble(options);
  const route = signal<Route>(first);
  const theme = createThemeChoice(document.documentElement, undefined);
  const languages = createLanguageChoice({ storage: undefined, wanted: ['en'] });
  const app = h(App, { route, theme, languages });
  render(h(SiteContext.Provider, { value: double.site, children: app }), root);
  await pageDrawn();
  return double;
}

/** Pages are fetched when they are opened. */
function pageDrawn(): Promise<void> {
  return vi.waitFor(() => expect(root.querySelector('h1')).not.toBeNull());
}

function find<Kind extends HTMLElement = HTMLElement>(testId: string): Kind {
  const element = root.querySelector<Kind>(`[data-testid="${testId}"]`);
  if (element === null) throw new Error(`Nothing on the page is called ${testId}.`);
  return element;
}

/** As a person does with a mouse, a finger or the arrow keys. */
async function chooseTier(tier: Tier): Promise<void> {
  find<HTMLInputElement>(`tier-${tier}`).click();
  await vi.waitFor(() => expect(find<HTMLInputElement>(`tier-${tier}`).checked).toBe(true));
}

const dialogView = () => find<HTMLDialogElement>('circle-dialog').dataset.view;

describe('the tiers', () => {
  it('say before the first message who could read it', async () => {
    const { site } = await open('chat');
    expect(find('privacy').textContent).toBe(privacySentence('public', false));
    await chooseTier('local');
    await vi.waitFor(() =>
      expect(find('privacy').textContent).toBe(privacySentence('local', false)),
    );
    await site.circles.create('Book club', 60_000);
    await chooseTier('circle');
    await vi.waitFor(() =>
      expect(find('privacy').textContent).toBe(privacySentence('circle', false)),
    );
    site.paths.change({ isRelayOnly: true });
    await vi.waitFor(() =>
      expect(find('privacy').textContent).toBe(privacySentence('circle', true)),
    );
  });

  it('are not switched while something runs', async () => {
    const { peer } = await open('contribute');
    const isLocked = () => find<HTMLInputElement>('tier-local').matches(':disabled');
    expect(isLocked()).toBe(false);
    find('contribute-start').click();
    await vi.waitFor(() => expect(peer.starts).toHaveLength(1));
    peer.reportVolunteer({ phase: 'serving' });
    await vi.waitFor(() => expect(isLocked()).toBe(true));
    find('contribute-stop').click();
    await vi.waitFor(() => expect(isLocked()).toBe(false));
  });

  it('give nothing to others and look at nothing of the network in Local', async () => {
    const { preflights, site } = await open('network');
    site.tiers.choose('local');
    render(null, root);
    const page = await open('contribute', {
      storage: storageWith({ tier: 'local' }),
    });
    expect(root.querySelector('[data-testid="contribute-start"]')).toBeNull();
    expect([...preflights, ...page.preflights]).toEqual([]);
    expect(root.textContent).toContain('Local gives nothing to others');
  });

  it('make, show and leave a circle from the keyboard’s dialog', async () => {
    const { site, scopes } = await open('chat');
    await chooseTier('circle');
    await vi.waitFor(() => expect(dialogView()).toBe('create'));
    await vi.waitFor(() => expect(document.activeElement).toBe(find('circle-name')));
    const name = find<HTMLInputElement>('circle-name');
    name.value = 'Book club';
    name.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await vi.waitFor(() => expect(find<HTMLButtonElement>('circle-create').disabled).toBe(false));
    find('circle-create').click();
    await vi.waitFor(() => expect(dialogView()).toBe('invite'));
    const link = new URL(find<HTMLInputElement>('invite-link').value);
    expect(link.hash).toMatch(/^#circle=[\w-]{60,}$/);
    expect(scopes.at(-1)?.tier).toBe('circle');
    find('circle-close').click();
    await vi.waitFor(() => expect(find<HTMLDialogElement>('circle-dialog').open).toBe(false));
    expect(find('circle-open').textContent).toContain('Book club');
    find('circle-open').click();
    await vi.waitFor(() => expect(dialogView()).toBe('list'));
    find('circle-leave').click();
    await vi.waitFor(() => expect(dialogView()).toBe('leave'));
    find('circle-leave-confirm').click();
    await vi.waitFor(() => expect(site.circles.list.value).toEqual([]));
    await vi.waitFor(() => expect(find('circle-open').textContent).toContain('Choose a circle'));
    expect(find<HTMLButtonElement>('chat-send').disabled).toBe(true);
  });

  it('ask before they join, and say what an expired circle needs', async () => {
    const invite = createInvite('Neighbours', Date.now() + 3_600_000);
    const { site } = await open('contribute');
    await site.circleDialog.openInvite(await writeInvite(invite));
    await vi.waitFor(() => expect(dialogView()).toBe('join'));
    expect(find('circle-dialog').textContent).toContain('Join “Neighbours”?');
    find('circle-join').click();
    await vi.waitFor(() => expect(root.textContent).toContain('Only for Neighbours'));
    render(null, root);
    const circleStore = createMemoryCircleStore();
    const keys = await deriveCircleKeys({ ...invite, expiresAtMs: 1_000 });
    await circleStore.put({ ...keys, name: 'Neighbours' });
    const storage = storageWith({ tier: 'circle', circleId: keys.id });
    const { scopes } = await open('contribute', { circleStore, storage });
    expect(root.textContent).toContain('This circle has expired');
    expect(root.textContent).toContain('a new invitation');
    expect(find<HTMLButtonElement>('contribute-start').disabled).toBe(true);
    expect(scopes).toEqual([]);
  });
});

function storageWith(tier: object): Storage {
  const storage = createMemoryStorage();
  storage.setItem('manyhands.tier', JSON.stringify(tier));
  return storage;
}
