import { found } from '@manyhands/peer/preflight/check';
import type { AnswerEvent } from '@manyhands/peer/requester/answer';
import { signal } from '@preact/signals';
import { h, render } from 'preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { App } from './app.tsx';
import { SiteContext } from './components/site-context.ts';
import { createLanguageChoice } from './state/language-choice.ts';
import type { Route } from './state/route.ts';
import { createThemeChoice } from './state/theme.ts';
import { t } from './strings/language.ts';
import { catalogEntry, MODEL_ROOT } from './testing/catalog-entry.ts';
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
  return { ...double, route };
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

const has = (testId: string): boolean => root.querySelector(`[data-testid="${testId}"]`) !== null;

function type(text: string): HTMLTextAreaElement {
  const input = find<HTMLTextAreaElement>('chat-input');
  input.value = text;
  input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  return input;
}

function press(target: EventTarget, key: string, init: KeyboardEventInit = {}): void {
  target.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }),
  );
}

const chain = [{ peerId: 'aaaa.1', firstBlock: 0, endBlock: 8, embeds: true, heads: true }];

async function* stream(signalled?: AbortSignal): AsyncIterable<AnswerEvent> {
  yield { type: 'chain', chain };
  yield { type: 'token', tokenId: 1, text: 'The **sky**' };
  await new Promise((resolve) => signalled?.addEventListener('abort', resolve));
  const stats = { promptTokens: 4, ttftMs: 50, decodeTokensPerSecond: 10, repairs: 0 };
  const answer = { text: 'The **sky**', tokenIds: [1], chain, links: [], stats };
  yield { type: 'done', answer: { ...answer, finishReason: 'aborted' } };
}

describe('Contribute', () => {
  it('asks nothing of the peer before the click, then shows what it does, and stops', async () => {
    const { peer, route } = await open('contribute');
    expect(peer.starts).toEqual([]);
    expect(find('volunteer-phase').textContent).toBe('idle');
    find('contribute-start').click();
    await vi.waitFor(() => expect(peer.starts).toHaveLength(1));
    peer.reportVolunteer({
      phase: 'serving',
      modelRoot: MODEL_ROOT,
      range: { firstBlock: 2, endBlock: 4, embeds: false, heads: false },
      blockCount: 8,
      tokensServed: 321,
    });
    await vi.waitFor(() => expect(find('volunteer-phase').textContent).toBe('serving'));
    expect(find('tokens-served').textContent).toBe('321');
    expect(root.querySelectorAll('.cell-mine')).toHaveLength(2);
    // The indicator and its Stop are on every page.
    route.value = 'network';
    await vi.waitFor(() => expect(root.querySelector('.badge')?.textContent).toContain('321'));
    root.querySelector<HTMLButtonElement>('.badge-stop')?.click();
    await vi.waitFor(() => expect(root.querySelector('.badge')).toBeNull());
  });

  it('says why this browser cannot, and offers no start', async () => {
    await open('contribute', { environment: { hasWebGpu: false, hasWasmSimd: false } });
    expect(find('error-notice').dataset.code).toBe('no-webgpu');
    expect(find<HTMLButtonElement>('contribute-start').disabled).toBe(true);
  });

  it('looks at the browser quietly, folds what is well, and opens what is not', async () => {
    const fine = found('simd');
    const { preflights } = await open('contribute', { checks: [fine] });
    await vi.waitFor(() => expect(find('preflight').dataset.tone).toBe('good'));
    expect(find<HTMLDetailsElement>('preflight').open).toBe(false);
    expect(preflights).toEqual(['quiet']);
    render(null, root);
    const broken = await open('contribute', { checks: [fine, found('no-webrtc')] });
    await vi.waitFor(() => expect(find<HTMLDetailsElement>('preflight').open).toBe(true));
    expect(find('check').textContent).toContain('Switch off the extension');
    // The GPU and the relay's servers are asked when a person says yes, here or by contributing.
    find('preflight-run').click();
    find('contribute-start').click();
    await vi.waitFor(() => expect(broken.preflights).toEqual(['quiet', 'thorough', 'thorough']));
  });

  it('shows a pause with its reason, what is left of the data, and a second way to stop', async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { peer, site } = await open('contribute', { stop: () => ended });
    find<HTMLInputElement>('consent-hidden').click();
    expect(site.contribution.settings.value.rules.servesHidden).toBe(false);
    find('contribute-start').click();
    await vi.waitFor(() => expect(peer.starts).toHaveLength(1));
    peer.reportVolunteer({ phase: 'paused', pause: { reasons: ['battery'] } });
    await vi.waitFor(() => expect(find('volunteer-phase').textContent).toBe('paused'));
    expect(root.querySelector('.contribution-sentence')?.textContent).toContain('battery');
    expect(find('day-data').textContent).toContain('5 GB left');
    find('contribute-stop').click();
    peer.reportVolunteer({ phase: 'stopping', sessionCount: 2 });
    await vi.waitFor(() => expect(find('contribute-stop').textContent).toContain('at once'));
    expect(root.querySelector('.contribution-sentence')?.textContent).toContain(
      '2 running answers',
    );
    find('contribute-stop').click();
    expect(peer.stopCount).toBe(2);
    end();
    await vi.waitFor(() => expect(find('volunteer-phase').textContent).toBe('stopped'));
  });

  it('changes rules and a schedule from its form', async () => {
    const { site } = await open('contribute');
    const rules = () => site.contribution.settings.value.rules;
    for (const id of ['rule-battery', 'rule-metered', 'rule-schedule']) find(id).click();
    expect(rules()).toMatchObject({ servesOnBattery: true, servesMetered: true });
    await vi.waitFor(() => expect(root.querySelector('.schedule')).not.toBeNull());
    const [start] = root.querySelectorAll<HTMLInputElement>('.schedule input[type="time"]');
    if (start === undefined) throw new Error('There is no time to set.');
    start.value = '20:30';
    start.dispatchEvent(new Event('change', { bubbles: true }));
    await vi.waitFor(() => expect(root.querySelector('.rules')?.textContent).toContain('20:30'));
    const [monday] = root.querySelectorAll<HTMLInputElement>('.day input');
    monday?.click();
    expect(rules().schedule).toMatchObject({ startMinute: 1_230, days: [0, 2, 3, 4, 5, 6] });
    const data = root.querySelector<HTMLInputElement>('#data-limit');
    if (data === null) throw new Error('There is no data slider.');
    data.value = data.max;
    data.dispatchEvent(new InputEvent('input', { bubbles: true }));
    expect(rules().dataBytesPerDayMax).toBeNull();
  });

  it('contributes with the processor where there is no WebGPU', async () => {
    await open('contribute', { environment: { hasWebGpu: false } });
    expect(find<HTMLButtonElement>('contribute-start').disabled).toBe(false);
  });

  it('shows a failed load with its remedy and starts again', async () => {
    const error = { code: 'network', message: 'The mirror hung up.' };
    const { peer } = await open('contribute', {
      start: async (double) => double.reportVolunteer({ phase: 'failed', error }),
    });
    find('contribute-start').click();
    await vi.waitFor(() => expect(find('error-notice').dataset.code).toBe('network'));
    find('error-retry').click();
    await vi.waitFor(() => expect(peer.starts).toHaveLength(2));
  });
});

describe('Chat', () => {
  it('shows the privacy sentence next to the input', async () => {
    await open('chat');
    const described = find('chat-input').getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(described)?.textContent).toBe(t('privacy.sentences.public'));
  });

  it('sends with Enter, breaks lines with Shift+Enter, streams, stops with Escape', async () => {
    const { peer, route } = await open('chat', { answer: (_, abort) => stream(abort) });
    const input = type('Why?');
    await vi.waitFor(() => expect(find<HTMLButtonElement>('chat-send').disabled).toBe(false));
    press(input, 'Enter', { shiftKey: true });
    press(input, 'Enter', { isComposing: true });
    expect(peer.requests).toHaveLength(0);
    press(input, 'Enter');
    await vi.waitFor(() =>
      expect(root.querySelector('.answer-text strong')?.textContent).toBe('sky'),
    );
    expect(find<HTMLTextAreaElement>('chat-input').value).toBe('');
    // The answer outlives the page.
    route.value = 'network';
    await vi.waitFor(() => expect(has('chat-input')).toBe(false));
    route.value = 'chat';
    await vi.waitFor(() => expect(has('chat-stop')).toBe(true));
    press(window, 'Escape');
    await vi.waitFor(() => expect(find('answer-text').dataset.finish).toBe('aborted'));
    expect(find('answer-stats').textContent).toContain('10 tokens/s');
    expect(find('chain-stage').dataset).toMatchObject({ firstBlock: '0', endBlock: '8' });
    find('chat-regenerate').click();
    await vi.waitFor(() => expect(peer.requests).toHaveLength(2));
  });

  it('tells who left as it happens, why the chain was chosen, and the speed that was predicted', async () => {
    const { peer } = await open('chat', {
      answer: async function* (_, abort) {
        const reason = { code: 'alone', hasChoice: false, predictedMs: 100 } as const;
        yield { type: 'routing', reason, predictedMs: 100 };
        yield* stream(abort);
      },
    });
    press(type('Why?'), 'Enter');
    await vi.waitFor(() =>
      expect(find('chain-reason').textContent).toBe(
        'One volunteer runs the whole model. About 10 tokens/s expected.',
      ),
    );
    press(window, 'Escape');
    await vi.waitFor(() => expect(has('answer-stats')).toBe(true));
    expect(find('answer-stats').textContent).toContain('10 tokens/s (10 predicted)');
    expect(peer.requests).toHaveLength(1);
    render(null, root);

    await open('chat', {
      answer: async function* (_, abort) {
        yield { type: 'chain', chain };
        yield { type: 'token', tokenId: 1, text: 'The' };
        const reason = { code: 'chain-lost', message: 'Gone.' };
        yield { type: 'repair', attempt: 1, reason, peerIds: ['abcdefgh.xyz12'] };
        await new Promise((resolve) => setTimeout(resolve, 50));
        yield* stream(abort);
      },
    });
    press(type('Why?'), 'Enter');
    await vi.waitFor(() =>
      expect(find('answer-recoveries').textContent).toContain('abcd·xyz left. Others take over…'),
    );
    await vi.waitFor(() =>
      expect(find('answer-recoveries').textContent).toMatch(
        /abcd·xyz left; others took over after/,
      ),
    );
    press(window, 'Escape');
  });

  it('offers only verified models and says so about the others', async () => {
    const unverified = catalogEntry({ id: 'new', name: 'New', status: 'unverified' });
    await open('chat', { entries: [unverified, catalogEntry()] });
    const options = [...find<HTMLSelectElement>('model-picker').options];
    expect(options.map((option) => option.disabled)).toEqual([true, false]);
    expect(options[0]?.textContent).toContain('not verified by this relay yet');
    expect(find<HTMLSelectElement>('model-picker').value).toBe('pip');
  });

  it('sends nothing while an advanced setting is wrong', async () => {
    const { peer } = await open('chat');
    find('chat-advanced').click();
    await vi.waitFor(() => expect(has('stages-min')).toBe(true));
    const stages = find<HTMLInputElement>('stages-min');
    stages.value = '0';
    stages.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await vi.waitFor(() => expect(stages.getAttribute('aria-invalid')).toBe('true'));
    press(type('Why?'), 'Enter');
    expect(peer.requests).toHaveLength(0);
  });

  it('shows which blocks are missing and keeps the partial text', async () => {
    const error = { code: 'chain-lost', message: 'Nobody took over.' };
    const { peer } = await open('chat', {
      answer: async function* () {
        const stats = { promptTokens: 4, repairs: 1 };
        const answer = { text: 'Half', tokenIds: [1], chain, links: [], stats, error };
        yield { type: 'done', answer: { ...answer, finishReason: 'failed' } };
      },
    });
    peer.reportNetwork({
      peers: 1,
      models: [
        {
          kind: 'blocks',
          modelRoot: MODEL_ROOT,
          coverage: { blocks: [1, 1, 1, 1, 0, 0, 1, 1], embeds: 1, heads: 1, volunteers: 2 },
          kinds: {},
          sessions: 0,
        },
      ],
      events: [],
    });
    press(type('Why?'), 'Enter');
    await vi.waitFor(() => expect(find('error-notice').dataset.code).toBe('chain-lost'));
    expect(find('error-notice').textContent).toContain('Nobody holds blocks 4–5.');
    expect(find('answer-text').textContent).toBe('Half');
    find('error-retry').click();
    await vi.waitFor(() => expect(peer.requests).toHaveLength(2));
  });
});

describe('Network', () => {
  it('shows real coverage only, and what to do when there is none', async () => {
    const { peer } = await open('network');
    expect(has('network-model')).toBe(false);
    peer.reportNetwork({ peers: 1, models: [], events: [] });
    await vi.waitFor(() =>
      expect(root.querySelector('.empty a')?.getAttribute('href')).toBe('#/contribute'),
    );
    const coverage = { blocks: [2, 2, 1, 1, 1, 1, 1, 1], embeds: 1, heads: 1, volunteers: 2 };
    const kinds = { 'desktop/webgpu-f32': 2 };
    const models = [
      { kind: 'blocks' as const, modelRoot: MODEL_ROOT, coverage, kinds, sessions: 1 },
    ];
    peer.reportNetwork({ peers: 2, models, events: [{ atMs: 1, kind: 'relay-started' }] });
    await vi.waitFor(() => expect(find('network-model').textContent).toContain('complete'));
    expect(find('network-model').querySelector('[role="img"]')?.getAttribute('aria-label')).toBe(
      'Held: blocks 0–1 twice, blocks 2–7 once.',
    );
    expect(root.textContent).toContain('The relay started');
  });

  it('explains an unreachable relay and a page that is too old', async () => {
    const { peer } = await open('network');
    const message = 'Closed.';
    peer.reportRelay({ state: 'waiting', error: { code: 'relay-unreachable', message } });
    await vi.waitFor(() => expect(find('error-notice').dataset.code).toBe('relay-unreachable'));
    peer.reportRelay({ state: 'refused', error: { code: 'version', message } });
    await vi.waitFor(() => expect(has('error-reload')).toBe(true));
  });
});

describe('the footer', () => {
  it('says who runs the site where somebody said so, and nothing otherwise', async () => {
    const { route } = await open('home');
    const links = () =>
      [...root.querySelectorAll('.site-footer a')].map((link) => link.textContent);
    expect(links()).toEqual(['Storage', 'Privacy']);
    expect(has('operator')).toBe(false);
    route.value = 'privacy';
    await vi.waitFor(() => expect(root.textContent).toContain('Its operator did not say'));
    render(null, root);

    const contact = 'mailto:us@example.org';
    await open('privacy', { facts: { operator: { name: 'A club', contact } } });
    await vi.waitFor(() => expect(find('operator').textContent).toBe('Run by A club'));
    expect(links()).toEqual(['Storage', 'Privacy', 'Contact']);
    expect(root.querySelector(`main a[href="${contact}"]`)?.textContent).toBe('us@example.org');
  });
});
