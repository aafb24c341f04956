import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileServer, type FileServer } from './file-server.ts';

describe('createFileServer', () => {
  let parent: string;
  let server: FileServer;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'file server '));
    await writeFile(join(parent, 'secret.txt'), 'outside');
    server = await createFileServer(join(parent, 'site'));
    server.add('/model.gguf', { file: join(parent, 'secret.txt') });
  });
  afterEach(async () => {
    await server.dispose();
    await rm(parent, { recursive: true });
  });

  it('answers ranges with exactly those bytes', async () => {
    const response = await fetch(`${server.origin}/model.gguf`, {
      headers: { range: 'bytes=3-5' },
    });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 3-5/7');
    expect(await response.text()).toBe('sid');
  });

  it('answers whole files, 416 beyond the end and 404 for nothing', async () => {
    const status = async (path: string, headers = {}) =>
      (await fetch(server.origin + path, { headers })).status;
    expect(await (await fetch(`${server.origin}/model.gguf`)).text()).toBe('outside');
    expect(await status('/model.gguf', { range: 'bytes=7-' })).toBe(416);
    expect(await status('/nothing')).toBe(404);
    expect(await status('/')).toBe(404);
  });

  it('serves nothing outside its directory', async () => {
    for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/%00', '/%']) {
      expect(await rawStatus(server.origin, path)).toBe(404);
    }
  });

  it('serves text made here until it is removed', async () => {
    server.add('/manifest.json', { json: '{}' });
    expect(await (await fetch(`${server.origin}/manifest.json`)).text()).toBe('{}');
    server.remove('/manifest.json');
    expect((await fetch(`${server.origin}/manifest.json`)).status).toBe(404);
  });
});

/** `fetch` would clean the path before it leaves. */
function rawStatus(origin: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const request = httpRequest({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.end();
  });
}
