import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { runKeys } from './keys-command.ts';
import { readKeysOptions } from './keys-options.ts';

describe('keys', () => {
  let context: TestContext;
  beforeAll(async () => {
    context = await createTestContext();
  });
  afterAll(() => context.dispose());

  it('puts a new secret where the old one was and leaves everything else', async () => {
    const file = join(context.callerDirectory, '.env');
    await writeFile(file, 'DOMAIN=example.org\nTURN_SECRET=\nPORT=80', { mode: 0o644 });
    await runKeys(['make', 'turn', '--env', '.env'], context);
    const first = await readFile(file, 'utf8');
    expect(first).toMatch(/^DOMAIN=example\.org\nTURN_SECRET=[\w-]{43}\nPORT=80$/);
    await runKeys(['make', 'turn', '--env', '.env'], context);
    const second = await readFile(file, 'utf8');
    expect(second).toMatch(/^DOMAIN=example\.org\nTURN_SECRET=[\w-]{43}\nPORT=80$/);
    expect(second).not.toBe(first);
    expect((await stat(file)).mode & 0o077).toBe(0);
    // What is printed there may end up in a log.
    expect(context.written.join('')).not.toContain(/TURN_SECRET=(.*)/.exec(second)?.[1]);
    expect(context.written.join('')).toMatch(/made in .*replaced in/s);
  });

  it('prints one that the relay takes', async () => {
    context.written.length = 0;
    await runKeys(['make', 'turn'], context);
    expect(context.written.join('')).toMatch(/^TURN_SECRET=[\w-]{43}\n$/);
  });

  it.each([[['make']], [['rotate']], [['rotate', 'turn']], [['--env', 'x']], [['--what']]])(
    'calls %j a usage error',
    (args) => {
      expect(() => readKeysOptions(args)).toThrowError(/Usage: manyhands keys/);
    },
  );
});
