import type { NetworkView } from '@manyhands/peer/create-peer';
import { type ComponentChildren, h, render } from 'preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { showLanguage } from '../../strings/language.ts';
import { catalogEntry, MODEL_ROOT } from '../../testing/catalog-entry.ts';
import { createSiteDouble, type SiteDoubleOptions } from '../../testing/site-double.ts';
import { SiteContext } from '../site-context.ts';
import { ChatSettingsPanel } from './chat-settings-panel.tsx';
import { Composer } from './composer.tsx';
import { ModelDetails } from './model-details.tsx';

const root = document.createElement('div');
document.body.append(root);
afterEach(async () => {
  render(null, root);
  await showLanguage('en');
});

async function open(part: () => ComponentChildren, options: SiteDoubleOptions = {}) {
  const double = await createSiteDouble(options);
  render(h(SiteContext.Provider, { value: double.site, children: h(part, {}) }), root);
  return double;
}

function find<Kind extends HTMLElement = HTMLElement>(selector: string): Kind {
  const element = root.querySelector<Kind>(selector);
  if (element === null) throw new Error(`Nothing is found by ${selector}.`);
  return element;
}

function drop(type: string, ...files: File[]): boolean {
  const dataTransfer = new DataTransfer();
  for (const file of files) dataTransfer.items.add(file);
  const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
  return !document.body.dispatchEvent(event);
}

describe('the composer', () => {
  it('takes files dropped beside it, shows them, and gives the focus back when one is removed', async () => {
    const { site } = await open(() => h(Composer, {}));
    const isHeeded = (): boolean => drop('dragover', new File(['x'], 'a.txt'));
    await vi.waitFor(() => expect(isHeeded()).toBe(true));
    drop('dragenter', new File(['x'], 'a.txt'));
    await vi.waitFor(() => expect(root.querySelector('.composer-drop')).not.toBeNull());
    // Otherwise the browser would open the file in place of the page.
    expect(drop('drop', new File(['x'], 'a.txt'), new File([''], 'b.txt'))).toBe(true);
    await vi.waitFor(() => expect(find('[data-testid="chat-file"]').textContent).toContain('1 B'));
    expect(root.querySelector('.composer-drop')).toBeNull();
    expect(find('[role="alert"]').textContent).toContain('b.txt is empty.');
    find('[aria-label="Remove a.txt"]').click();
    await vi.waitFor(() => expect(root.querySelector('[data-testid="chat-file"]')).toBeNull());
    expect(document.activeElement).toBe(find('textarea'));
    expect(site.composer.news.value).toBe('a.txt was removed.');
  });

  it('leaves text that is dragged, and Enter that ends a composition, to the browser', async () => {
    const { peer, site } = await open(() => h(Composer, {}));
    expect(drop('dragover')).toBe(false);
    site.chat.prompt.value = 'ありがとう';
    const init = { key: 'Enter', bubbles: true, cancelable: true };
    const input = find<HTMLTextAreaElement>('textarea');
    input.dispatchEvent(new KeyboardEvent('keydown', { ...init, keyCode: 229 }));
    expect(peer.requests).toHaveLength(0);
    input.dispatchEvent(new KeyboardEvent('keydown', init));
    await vi.waitFor(() => expect(peer.requests).toHaveLength(1));
  });

  it('speaks German as soon as it is chosen, problems included', async () => {
    const { site } = await open(() => h(Composer, {}));
    await site.composer.add([new File([''], 'b.txt')]);
    await showLanguage('de');
    await vi.waitFor(() => expect(find('[role="alert"]').textContent).toContain('b.txt ist leer.'));
    expect(find('textarea').ariaLabel).toBe('Deine Nachricht');
  });
});

describe('the settings of answers', () => {
  it('are set together by a style, told from own values, and set back', async () => {
    const { site } = await open(() => h(ChatSettingsPanel, {}));
    find('[data-testid="preset-creative"]').click();
    await vi.waitFor(() => expect(find<HTMLInputElement>('#chat-temperature').value).toBe('1'));
    site.chat.changeDraft({ topP: '0.5' });
    await vi.waitFor(() => expect(find('#preset-hint').textContent).toContain('Your own values'));
    expect(root.querySelector('input[type="radio"]:checked')).toBeNull();
    find('[data-testid="chat-reset"]').click();
    await vi.waitFor(() =>
      expect(find<HTMLInputElement>('[data-testid="preset-balanced"]').checked).toBe(true),
    );
  });
});

const HELD: NetworkView = {
  peers: 1,
  models: [
    {
      kind: 'blocks',
      modelRoot: MODEL_ROOT,
      coverage: { blocks: [1, 1, 1, 1, 1, 1, 1, 1], embeds: 1, heads: 1, volunteers: 1 },
      kinds: {},
      sessions: 0,
    },
  ],
  events: [],
};

function Details() {
  return h(SiteContext.Consumer, {
    children: (site) => {
      const option = site?.chat.model.value;
      return option === undefined ? null : h(ModelDetails, { option });
    },
  });
}

describe('the models side by side', () => {
  it('have predicted speeds where somebody could answer, and one is chosen there', async () => {
    const other = catalogEntry({ id: 'other', name: 'Other', modelRoot: 'b'.repeat(64) });
    const entries = [catalogEntry(), other];
    const double = await open(Details, { entries, tokenMs: { [MODEL_ROOT]: 40 } });
    double.peer.reportNetwork(HELD);
    find('summary').click();
    await vi.waitFor(() =>
      expect(find('#model-pip-facts').textContent).toContain('about 25 tokens/s, predicted'),
    );
    expect(find('#model-other-facts').textContent).toContain('unknown while nobody could answer');
    find('label[for="model-other"]').click();
    expect(double.site.chat.model.value?.entry.id).toBe('other');
    await vi.waitFor(() => expect(find<HTMLInputElement>('#model-other').checked).toBe(true));
  });
});
