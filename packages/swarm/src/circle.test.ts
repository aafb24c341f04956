import { decodeBase64, encodeBase64 } from '@manyhands/protocol/base64';
import { describe, expect, it } from 'vitest';
import { type Circle, deriveCircleKeys, openCircle } from './circle.ts';
import { type CircleInvite, createInvite, readInvite, writeInvite } from './circle-invite.ts';
import { createMemoryCircleStore } from './circle-store.ts';
import { CIRCLE_LIFETIME_MS_MAX, CIRCLES_MAX } from './limits.ts';

const NOW_MS = Date.UTC(2026, 6, 1);
const DAY_MS = 86_400_000;
const ROOT = 'ab'.repeat(32);
const PEER = `${'p'.repeat(22)}.${'t'.repeat(11)}`;
const BYTES = new TextEncoder().encode('what is proven');

const inviteOf = (changes: Partial<CircleInvite> = {}): CircleInvite => ({
  version: 1,
  secret: Uint8Array.from({ length: 32 }, (_, index) => index),
  expiresAtMs: NOW_MS + DAY_MS,
  name: 'Book club',
  ...changes,
});
const open = async (invite: CircleInvite, nowMs = () => NOW_MS): Promise<Circle> =>
  openCircle(await deriveCircleKeys(invite), nowMs);
/** An invitation whose bytes were changed, whole again: as somebody with the link could write it. */
const edited = async (invite: CircleInvite) => readInvite(await writeInvite(invite), NOW_MS);

describe('an invitation', () => {
  it('says the same when it is read as when it was written, whatever the name', async () => {
    for (const name of ['x', 'Book club', 'Ünïcödé 🤝 名前', 'n'.repeat(40)]) {
      const invite = createInvite(name, NOW_MS + DAY_MS + 1);
      expect(await readInvite(await writeInvite(invite), NOW_MS)).toEqual(invite);
      expect(invite.expiresAtMs).toBe(NOW_MS + DAY_MS);
    }
    expect(createInvite('  a \n b ', NOW_MS).name).toBe('a b');
    expect(createInvite('a', NOW_MS).secret).not.toEqual(createInvite('a', NOW_MS).secret);
  });

  it('is refused when it is cut off anywhere or any of its bits was flipped', async () => {
    const text = await writeInvite(inviteOf());
    const bad = expect.objectContaining({ code: 'bad-invite' });
    for (let length = 0; length < text.length; length++) {
      await expect(readInvite(text.slice(0, length), NOW_MS)).rejects.toEqual(bad);
    }
    const bytes = decodeBase64(text);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(readInvite(encodeBase64(flipped), NOW_MS)).rejects.toEqual(bad);
    }
    for (const junk of [`${text}A`, `${text}=`, `${text} `, 'é', 'A'.repeat(10_000)]) {
      await expect(readInvite(junk, NOW_MS)).rejects.toEqual(bad);
    }
  });

  it('is refused after its time, of another version, and with a name that hides what it says', async () => {
    const read = async (changes: Partial<CircleInvite>) =>
      readInvite(await writeInvite(inviteOf(changes)), NOW_MS).then(
        () => 'read',
        (error: { code: string }) => error.code,
      );
    expect(await read({ expiresAtMs: NOW_MS })).toBe('circle-expired');
    expect(await read({ expiresAtMs: NOW_MS + CIRCLE_LIFETIME_MS_MAX + 1_000 })).toBe('bad-invite');
    expect(await read({ version: 2 })).toBe('bad-invite');
    for (const name of ['', 'n'.repeat(41), 'a\u202eb', 'a\nb']) {
      expect(await read({ name }), name).toBe('bad-invite');
    }
    expect(() => createInvite(' ', NOW_MS)).toThrow(
      expect.objectContaining({ code: 'bad-invite' }),
    );
  });
});

describe('a circle', () => {
  it('is the same for everybody with its invitation', async () => {
    const [a, b] = [await open(inviteOf()), await open(await edited(inviteOf()))];
    expect(await a.blind(ROOT)).toBe(await b.blind(ROOT));
    expect(await a.blind(ROOT)).toMatch(/^[0-9a-f]{64}$/);
    expect(await a.blind(ROOT)).not.toBe(await a.blind('cd'.repeat(32)));
    expect(await b.verify(BYTES, await a.prove(BYTES))).toBe(true);
    expect(await b.provesEntry(PEER, await a.tagEntry(PEER))).toBe(true);
    expect((await deriveCircleKeys(inviteOf())).id).toBe((await deriveCircleKeys(inviteOf())).id);
  });

  it('is another one as soon as anything of the invitation is edited', async () => {
    const original = await open(inviteOf());
    const secret = inviteOf().secret.map((byte, index) => (index === 31 ? byte ^ 1 : byte));
    const changes = [{ expiresAtMs: NOW_MS + 2 * DAY_MS }, { name: 'Book clubs' }, { secret }];
    for (const change of changes) {
      const other = await open(await edited(inviteOf(change)));
      expect(await other.blind(ROOT)).not.toBe(await original.blind(ROOT));
      expect(await original.verify(BYTES, await other.prove(BYTES))).toBe(false);
      expect(await original.provesEntry(PEER, await other.tagEntry(PEER))).toBe(false);
    }
    const downgraded = openCircle(await deriveCircleKeys(inviteOf({ version: 0 })), () => NOW_MS);
    expect(await original.verify(BYTES, await downgraded.prove(BYTES))).toBe(false);
  });

  it('proves nothing for anything else than what was proven', async () => {
    const circle = await open(inviteOf());
    const proof = await circle.prove(BYTES);
    expect(await circle.verify(new TextEncoder().encode('something else'), proof)).toBe(false);
    expect(await circle.provesEntry(PEER, proof)).toBe(false);
    const tag = await circle.tagEntry(PEER);
    expect(await circle.provesEntry(PEER.replace('t', 'u'), tag)).toBe(false);
    expect(await circle.verify(BYTES, tag)).toBe(false);
    for (const junk of ['', 'A'.repeat(43), proof.slice(1), `${proof}A`, '%']) {
      expect(await circle.verify(BYTES, junk)).toBe(false);
    }
  });

  it('ends: at once for oneself, a minute later for others whose clocks are behind', async () => {
    let nowMs = NOW_MS;
    const circle = await open(inviteOf(), () => nowMs);
    const [proof, tag] = [await circle.prove(BYTES), await circle.tagEntry(PEER)];
    nowMs = NOW_MS + DAY_MS;
    const over = expect.objectContaining({ code: 'circle-expired' });
    await expect(circle.prove(BYTES)).rejects.toEqual(over);
    await expect(circle.tagEntry(PEER)).rejects.toEqual(over);
    expect(await circle.verify(BYTES, proof)).toBe(true);
    nowMs += 60_000;
    expect(await circle.verify(BYTES, proof)).toBe(false);
    expect(await circle.provesEntry(PEER, tag)).toBe(false);
  });

  it('is kept without its secret: its keys cannot be read out', async () => {
    const keys = await deriveCircleKeys(inviteOf());
    for (const key of [keys.directory, keys.link]) {
      await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow();
    }
    const store = createMemoryCircleStore();
    await store.put({ ...keys, name: 'Book club' });
    await store.put({ ...keys, name: 'Book club', invite: await writeInvite(inviteOf()) });
    expect((await store.list()).map(({ invite }) => invite !== undefined)).toEqual([true]);
    for (let index = 0; index < CIRCLES_MAX; index++) {
      await store.put({ ...keys, id: String(index).padStart(22, 'x'), name: 'Another' });
    }
    const ids = (await store.list()).map(({ id }) => id);
    expect(ids).toHaveLength(CIRCLES_MAX);
    expect(ids).not.toContain(keys.id);
    await store.remove(ids[0] ?? '');
    expect(await store.list()).toHaveLength(CIRCLES_MAX - 1);
  });
});
