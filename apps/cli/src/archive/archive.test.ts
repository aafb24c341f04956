import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { ARCHIVE, runArchive } from './archive-command.ts';
import { unpackArchive } from './pack-archive.ts';

const COMMIT = '0123456789abcdef';

describe('an archive of a release', () => {
  let context: TestContext;
  beforeEach(async () => {
    const made = await createTestContext();
    context = { ...made, repositoryRoot: made.callerDirectory };
  });
  afterEach(() => context.dispose());
  const put = async (path: string, content: string | Uint8Array): Promise<void> => {
    const file = join(context.callerDirectory, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
  };
  const pack = () => runArchive(['--commit', COMMIT, '--dist', 'old'], context);

  it('has the texts of site and relay, and no more', async () => {
    await put('old/web/index.html', '<title>Hände</title>');
    await put('old/web/assets/main-1.js', 'main();');
    await put('old/web/assets/ort-2.wasm', new Uint8Array([0xff]));
    await put('old/web/assets/bench-worker-3.js', 'bench();');
    await put('old/web/embed.html', '');
    await put('old/relay/main.js', 'relay();');
    await put('old/cli/main.js', 'cli();');
    await pack();
    const packed = await readFile(join(context.repositoryRoot, ARCHIVE));
    expect(unpackArchive(packed)).toEqual({
      commit: COMMIT,
      files: {
        'relay/main.js': 'relay();',
        'web/assets/main-1.js': 'main();',
        'web/index.html': '<title>Hände</title>',
      },
    });
    expect(context.written.join('')).toContain(`${packed.length} bytes, of ${COMMIT}`);
  });

  it('is not made of what is no build, or of what is no text', async () => {
    await expect(pack()).rejects.toMatchObject({ code: 'not-found' });
    await put('old/web/index.html', '');
    await put('old/relay/main.js', new Uint8Array([0xff, 0xfe]));
    await expect(pack()).rejects.toMatchObject({ code: 'not-verified' });
    await expect(runArchive([], context)).rejects.toMatchObject({ code: 'usage' });
  });
});
