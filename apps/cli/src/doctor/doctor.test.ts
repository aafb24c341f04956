import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type Server,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRelay, type Relay } from '@manyhands/relay/create-relay';
import { REPORTS_FILE_BYTES_MAX } from '@manyhands/relay/limits';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { checkNode } from './check-machine.ts';
import { judgeCertificate, judgeIsolation, judgePolicy } from './check-public.ts';
import { runDoctor } from './doctor-command.ts';
import type { Finding } from './finding.ts';

let data: string;
let context: TestContext;
let relay: Relay;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'manyhands doctor '));
  await writeFile(join(data, 'index.html'), '<!doctype html><title>Site</title>');
  context = await createTestContext();
  relay = await createRelay({ dataDir: data, siteDir: data });
  await relay.models.settled();
});
afterAll(async () => {
  await relay.stop();
  await context.dispose();
  await rm(data, { recursive: true });
});

/** What it finds, and whether it calls the whole healthy. */
async function examine(env: Readonly<Record<string, string>>) {
  context.written.length = 0;
  const surroundings = { DATA_DIR: data, SITE_DIR: data, PORT: '0', ...env };
  const isHealthy = await runDoctor(['--json'], context, surroundings).then(
    () => true,
    (error: { code?: string }) => {
      expect(error.code).toBe('unhealthy');
      return false;
    },
  );
  const { findings } = JSON.parse(context.written.join('')) as { findings: Finding[] };
  for (const { level, remedy } of findings) expect(remedy !== undefined).toBe(level !== 'ok');
  const levels = Object.fromEntries(findings.map(({ check, level }) => [check, level]));
  return { isHealthy, findings, levels };
}

describe('doctor', () => {
  it('finds nothing wrong with a relay that people reach', async () => {
    const { isHealthy, levels } = await examine({
      PORT: `${relay.port}`,
      PUBLIC_ORIGIN: relay.url,
    });
    expect(levels).toMatchObject({
      node: 'ok',
      port: 'ok',
      'data-directory': 'ok',
      site: 'ok',
      clock: 'ok',
      catalogue: expect.stringMatching(/ok|note/),
      'public-origin': 'ok',
      reachable: 'ok',
      websocket: 'ok',
      range: 'ok',
      policy: 'ok',
      isolation: 'ok',
      turn: 'note',
    });
    expect(isHealthy).toBe(true);
  });

  it('looks at the file of reports where there is to be one', async () => {
    expect((await examine({})).levels).not.toHaveProperty('reports');
    const levelOf = async (REPORTS_FILE: string) =>
      (await examine({ REPORTS_FILE })).levels.reports;
    const file = join(data, 'reports.jsonl');
    expect(await levelOf(file)).toBe('ok');
    expect(await levelOf(join(data, 'missing', 'reports.jsonl'))).toBe('problem');
    await writeFile(file, '');
    await truncate(file, REPORTS_FILE_BYTES_MAX - 1);
    expect(await levelOf(file)).toBe('note');
  });

  it('says what a proxy keeps from people', async () => {
    const proxy = await startBadProxy(relay.port);
    const { isHealthy, levels } = await examine({ PUBLIC_ORIGIN: proxy.origin });
    proxy.server.close();
    expect(levels).toMatchObject({
      reachable: 'ok',
      websocket: 'problem',
      range: 'problem',
      policy: 'problem',
      isolation: 'note',
    });
    expect(isHealthy).toBe(false);
  });

  it('names settings that are wrong, alone or together', async () => {
    expect((await examine({ PORT: 'http' })).levels).toMatchObject({ settings: 'problem' });
    const { findings, levels } = await examine({
      PUBLIC_ORIGIN: 'http://127.0.0.1:1',
      ORIGINS: 'https://example.org',
      TRUST_PROXY: '1',
      HOST: '0.0.0.0',
      SITE_DIR: join(data, 'nothing'),
      TUNNEL_RELAY: '0',
    });
    expect(levels).toMatchObject({
      reachable: 'problem',
      origins: 'problem',
      proxy: 'note',
      site: 'note',
      turn: 'problem',
    });
    expect(findings.find(({ check }) => check === 'reachable')?.text).toContain('ECONNREFUSED');
    const plain = await examine({ PUBLIC_ORIGIN: 'http://0.0.0.0:1' });
    expect(plain.levels).toMatchObject({ 'public-origin': 'problem', reachable: 'problem' });
  });

  it('tells a busy port and a folder that cannot be written from good ones', async () => {
    const other = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await writeFile(join(data, 'file'), '');
    const { levels } = await examine({ PORT: `${port}`, DATA_DIR: join(data, 'file') });
    other.close();
    expect(levels).toMatchObject({ port: 'problem', 'data-directory': 'problem' });
  });

  it('wants a Node that is tested with', () => {
    expect(checkNode('20.18.3').level).toBe('problem');
    expect(checkNode('20.19.0').level).toBe('ok');
    expect(checkNode('22.0.0').level).toBe('ok');
  });

  it('reads a policy as browsers do', () => {
    const good = "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' wss://a.example";
    const judge = (policy: string) => judgePolicy('https://a.example', policy).level;
    expect(judge(good)).toBe('ok');
    expect(judge('')).toBe('problem');
    expect(judge(`${good}, default-src 'self'`)).toBe('problem');
    expect(judge("script-src 'self'; connect-src 'self' wss://a.example")).toBe('problem');
    expect(judge(good.replace('a.example', '127.0.0.1:8787'))).toBe('problem');
  });

  it('knows which headers isolate a page', () => {
    expect(judgeIsolation('same-origin', 'require-corp').level).toBe('ok');
    expect(judgeIsolation('same-origin', 'credentialless').level).toBe('ok');
    expect(judgeIsolation('same-origin', '').level).toBe('note');
    expect(judgeIsolation('same-origin-allow-popups', 'require-corp').level).toBe('note');
    expect(judgeIsolation('same-origin, same-origin', 'require-corp').level).toBe('note');
  });

  it('worries about a certificate by the share of its time that is left', () => {
    const judge = (lifeHours: number, leftHours: number) => {
      const dateOf = (hours: number) => new Date(hours * 3_600_000).toUTCString();
      const dates = { validFrom: dateOf(0), validTo: dateOf(lifeHours) };
      return judgeCertificate(dates, (lifeHours - leftHours) * 3_600_000)[0]?.level;
    };
    expect(judge(90 * 24, 11 * 24)).toBe('ok');
    expect(judge(90 * 24, 9 * 24)).toBe('problem');
    expect(judge(12, 4)).toBe('ok');
    expect(judge(12, 2)).toBe('problem');
    expect(judge(12, -1)).toBe('problem');
  });

  it('is readable without --json', async () => {
    context.written.length = 0;
    await runDoctor([], context, { DATA_DIR: data, SITE_DIR: data, PORT: '0' });
    expect(context.written.join('')).toMatch(/^ok {7}Node \d/);
  });
});

/** A proxy as people write it at first: its own Host, no upgrade, and whole files only. */
async function startBadProxy(port: number): Promise<{ origin: string; server: Server }> {
  const server = createServer((incoming, outgoing) => {
    const { range: _, ...kept } = incoming.headers;
    const headers: IncomingHttpHeaders = { ...kept, host: 'backend', connection: 'close' };
    const upstream = httpRequest({ port, path: incoming.url, headers }, (response) => {
      const { 'cross-origin-embedder-policy': __, ...passed } = response.headers;
      outgoing.writeHead(response.statusCode ?? 502, passed);
      response.pipe(outgoing);
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    upstream.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as { port: number };
  return { origin: `http://127.0.0.1:${own}`, server };
}
