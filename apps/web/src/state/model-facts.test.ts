import { afterEach, describe, expect, it } from 'vitest';
import { showLanguage } from '../strings/language.ts';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
import { createPeerDouble } from '../testing/peer-double.ts';
import { createSiteDouble } from '../testing/site-double.ts';
import { FORECASTS_MAX } from './limits.ts';
import { listModelOptions } from './model-choice.ts';
import { describeModel } from './model-facts.ts';
import { createModelSpeeds } from './model-speeds.ts';

const coverage = { blocks: new Array(8).fill(1), embeds: 1, heads: 1, volunteers: 1 };
const networkWith = (blocks: number[]) => ({
  peers: 1,
  models: [
    {
      kind: 'blocks' as const,
      modelRoot: MODEL_ROOT,
      coverage: { ...coverage, blocks },
      kinds: {},
      sessions: 0,
    },
  ],
  events: [],
});
function optionWith(blocks?: number[], changes = {}) {
  const network = blocks === undefined ? undefined : networkWith(blocks);
  const [option] = listModelOptions([catalogEntry(changes)], network);
  if (option === undefined) throw new Error('There is no option.');
  return option;
}
const HELD = new Array(8).fill(1);
const PUBLIC = { tier: 'public' } as const;

describe('what models are compared by', () => {
  afterEach(() => showLanguage('en'));

  it('is in figures where there are any', () => {
    expect(describeModel(optionWith(HELD), 12.34, PUBLIC)).toEqual({
      size: '7.5 MB: 7M parameters in 8 blocks',
      context: '512 tokens, its answer included',
      coverage: 'Every block is held, by 1 volunteer',
      speed: 'about 12.3 tokens/s, predicted',
    });
  });

  it('says what is not known, and why', () => {
    const speedOf = (...given: Parameters<typeof describeModel>) => describeModel(...given).speed;
    expect(speedOf(optionWith(HELD), 'asking', PUBLIC)).toBe('being worked out…');
    expect(speedOf(optionWith(HELD), 'unknown', PUBLIC)).toBe('unknown');
    expect(speedOf(optionWith(), undefined, PUBLIC)).toBe('unknown');
    const partial = optionWith([1, 1, 1, 1, 0, 0, 1, 1]);
    expect(speedOf(partial, undefined, PUBLIC)).toBe('unknown while nobody could answer');
    expect(describeModel(partial, undefined, PUBLIC).coverage).toBe(
      '1 volunteer, but nobody holds blocks 4–5',
    );
    const none = optionWith(new Array(8).fill(0));
    expect(speedOf(none, undefined, { tier: 'local' })).toBe('unknown until it is loaded');
    const hashing = optionWith(HELD, { status: 'hashing', progress: 0.5 });
    expect(describeModel(hashing, undefined, PUBLIC).coverage).toBe('being verified, 50%');
    expect(describeModel(optionWith(HELD), undefined, undefined).coverage).toContain('No circle');
  });

  it('is said in German too', async () => {
    await showLanguage('de');
    expect(describeModel(optionWith(HELD), 12.34, PUBLIC)).toMatchObject({
      size: '7,5 MB: 7M Parameter in 8 Blöcken',
      speed: 'etwa 12,3 Token/s, vorhergesagt',
    });
  });
});

describe('predicted speeds', () => {
  it('come from the peer, and are unknown where it knows none', async () => {
    const { site } = await createSiteDouble({ tokenMs: { [MODEL_ROOT]: 50 } });
    const { speeds, predict } = site.modelSpeeds;
    const asked = predict([MODEL_ROOT, 'other'], {});
    expect([...speeds.value.values()]).toEqual(['asking', 'asking']);
    await asked;
    expect([...speeds.value.values()]).toEqual([20, 'unknown']);
    // Asked again, the last figure stays until the next one is there.
    const again = predict([MODEL_ROOT], {});
    expect([...speeds.value]).toEqual([[MODEL_ROOT, 20]]);
    await again;
  });

  it('are unknown without a network, and of no more models than it is polite to ask for', async () => {
    const offline = createModelSpeeds({ peer: () => Promise.reject(new Error('offline')) });
    await offline.predict(['a'], {});
    expect(offline.speeds.value.get('a')).toBe('unknown');
    const many = Array.from({ length: FORECASTS_MAX + 5 }, (_, at) => `model ${at}`);
    await offline.predict(many, {});
    expect(offline.speeds.value.size).toBe(FORECASTS_MAX);
  });

  it('of an earlier question do not overwrite those of a later one', async () => {
    let release: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isFirst = true;
    const peer = createPeerDouble();
    const forecast = async (): Promise<number> => {
      if (!isFirst) return 10;
      isFirst = false;
      await first;
      return 1_000;
    };
    const speeds = createModelSpeeds({ peer: async () => ({ ...peer, forecaster: { forecast } }) });
    const earlier = speeds.predict(['a'], {});
    await new Promise((resolve) => setTimeout(resolve, 0));
    await speeds.predict(['a'], {});
    release();
    await earlier;
    expect(speeds.speeds.value.get('a')).toBe(100);
  });
});
