import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createConsents } from './consents.ts';
import { CONSENT_SITES_MAX } from './limits.ts';

const KEY = 'manyhands.embed-consents';

describe('consents', () => {
  it('are kept for one site each, and taken back for one', () => {
    const storage = createMemoryStorage();
    const consents = createConsents(storage, () => 5);
    consents.remember('https://a.example');
    consents.remember('https://b.example');
    consents.remember('https://a.example');
    const again = createConsents(storage);
    expect(again.list.value.map(({ site }) => site)).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
    again.revoke('https://a.example');
    expect(again.has('https://a.example')).toBe(false);
    expect(again.has('https://b.example')).toBe(true);
    expect(consents.has('https://a.example')).toBe(true);
    consents.refresh();
    expect(consents.has('https://a.example')).toBe(false);
    again.revoke('https://b.example');
    expect(storage.getItem(KEY)).toBeNull();
  });

  it('last for the visit where nothing is stored', () => {
    const consents = createConsents(undefined);
    consents.remember('https://a.example');
    consents.refresh();
    expect(consents.has('https://a.example')).toBe(true);
  });

  it('are not remembered where there is no room, and so never taken back by a look', () => {
    const consents = createConsents(createMemoryStorage({ isFull: true }));
    consents.remember('https://a.example');
    const before = consents.has('https://a.example');
    consents.refresh();
    expect([before, consents.has('https://a.example')]).toEqual([false, false]);
  });

  it('are none where the storage was damaged, and never without end', () => {
    const storage = createMemoryStorage();
    storage.setItem(KEY, '[{"site":"https://a.example"}]');
    const consents = createConsents(storage);
    expect(consents.list.value).toEqual([]);
    for (let index = 0; index <= CONSENT_SITES_MAX; index += 1) {
      consents.remember(`https://${index}.example`);
    }
    expect(createConsents(storage).list.value).toHaveLength(CONSENT_SITES_MAX);
    expect(consents.has('https://0.example')).toBe(false);
  });
});
