import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@manyhands/relay/log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { runServe } from './serve-command.ts';
import { readServeOptions, SERVE_USAGE } from './serve-options.ts';

describe('the options of serve', () => {
  it('reads them', () => {
    expect(readServeOptions(['--lan', '--port', '0', '--host', '::1'])).toEqual({
      action: 'serve',
      isLan: true,
      port: 0,
      host: '::1',
    });
    expect(readServeOptions([])).toMatchObject({ isLan: false, port: undefined });
    expect(readServeOptions(['-h'])).toEqual({ action: 'help' });
  });

  it.each([[['--port', 'http']], [['--port', '65536']], [['--wan']], [['8787']]])(
    'calls %j a usage error',
    (args) => {
      expect(() => readServeOptions(args)).toThrowError(/Usage: npm start/);
    },
  );
});

describe('serve', () => {
  let data: string;
  let context: TestContext;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'manyhands serve '));
    context = await createTestContext();
  });
  afterAll(async () => {
    await rm(data, { recursive: true });
    await context.dispose();
  });

  /** Runs it until `use` is done; what it said is in `said`. */
  async function serving(args: readonly string[], use: (said: string) => Promise<void>) {
    const stop = new AbortController();
    const said: string[] = [];
    const surroundings = {
      env: { DATA_DIR: data, SITE_DIR: join(data, 'site'), PORT: '1' },
      log: silentLog,
    };
    const ended = new Promise<void>((resolve, reject) => {
      const say = (text: string) => {
        said.push(text);
        use(said.join('')).then(() => stop.abort(), reject);
      };
      runServe(args, { ...context, say, signal: stop.signal }, surroundings).then(resolve, reject);
    });
    await ended.finally(() => stop.abort());
  }

  it('prints its help', async () => {
    await runServe(['--help'], context);
    expect(context.written).toEqual([`${SERVE_USAGE}\n`]);
  });

  it('listens where the command line says, before the environment', async () => {
    await serving(['--port', '0'], async (said) => {
      const [, origin = ''] = /Manyhands is at (http:\/\/localhost:\d+)\n/.exec(said) ?? [];
      expect(await (await fetch(`${origin}/healthz`)).json()).toMatchObject({ status: 'ok' });
    });
  });

  it('serves https and the socket to whoever trusts the authority of this machine', async () => {
    let authority = '';
    await serving(['--lan', '--port', '0', '--host', '127.0.0.1'], async (said) => {
      const [, port = ''] = /https:\/\/localhost:(\d+)/.exec(said) ?? [];
      authority = await readFile(join(data, 'lan/public/manyhands.crt'), 'utf8');
      expect(await read(`https://localhost:${port}/healthz`, authority)).toContain('"ok"');
      expect(await read(`https://127.0.0.1:${port}/lan/manyhands.crt`, authority)).toBe(authority);
      await expect(read(`https://127.0.0.1:${port}/healthz`)).rejects.toThrow(/certificate/);
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
      // The keys lie in the folder above.
      expect(await read(`https://127.0.0.1:${port}/lan/authority-key.pem`, authority)).toBe(
        'Not found.',
      );
      const socket = new WebSocket(`wss://127.0.0.1:${port}/relay`, { ca: authority });
      await new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      socket.terminate();
    });
    expect((await stat(join(data, 'lan/authority-key.pem'))).mode & 0o077).toBe(0);
    await serving(['--lan', '--port', '0', '--host', '127.0.0.1'], async (said) => {
      expect(said).toContain('The certificate of an earlier run still serves.');
      expect(await readFile(join(data, 'lan/public/manyhands.crt'), 'utf8')).toBe(authority);
    });
  });
});

/** The body of an answer over TLS, trusting this authority or those that Node knows. */
function read(url: string, authority?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ...(authority && { ca: authority }), agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
