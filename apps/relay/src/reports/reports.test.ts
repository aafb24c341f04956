import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '@manyhands/protocol/relay-message';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  REPORT_ACCOUNTS_MAX,
  REPORT_PERIOD_MS,
  REPORTS_PER_ADDRESS_MAX,
  REPORTS_PER_IDENTITY_MAX,
  REPORTS_WAITING_MAX,
} from '../limits.ts';
import { type RelayLog, silentLog } from '../log.ts';
import { connect } from '../testing/test-peer.ts';
import { startTestRelay } from '../testing/test-relay.ts';
import { createReportDesk } from './report-desk.ts';
import { openReportFile } from './report-file.ts';
import { parseStoredReport, type StoredReport } from './stored-report.ts';

const ROOT = 'ab'.repeat(32);
const AT_MS = 1_800_000_000_000;
const stored: StoredReport = {
  at: new Date(AT_MS).toISOString(),
  reason: 'wrong',
  modelRoot: ROOT,
  peerIds: [`${'a'.repeat(22)}.${'b'.repeat(11)}`],
};
const { at: _at, ...said } = stored;
const report: Report = { type: 'report', requestId: 1, ...said };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-reports-'));
});
afterAll(() => rm(folder, { recursive: true }));

const linesOf = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => parseStoredReport(line));

describe('the file of reports', () => {
  it('has one whole line a report, which nobody else may read', async () => {
    const path = join(folder, 'lines.jsonl');
    const file = await openReportFile(path, { log: silentLog });
    const texts = Array.from({ length: 20 }, (_, index) => `line ${index}\n"quoted" 手`);
    const outcomes = await Promise.all(texts.map((text) => file.append({ ...stored, text })));
    expect(new Set(outcomes)).toEqual(new Set(['taken']));
    expect(await linesOf(path)).toEqual(texts.map((text) => ({ ...stored, text })));
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('takes no more when it is full, and begins anew when it was moved away', async () => {
    const path = join(folder, 'full.jsonl');
    const bytesMax = 2 * (JSON.stringify(stored).length + 1);
    const events: string[] = [];
    const log: RelayLog = { ...silentLog, warn: (event) => events.push(event) };
    const file = await openReportFile(path, { log, bytesMax });
    const append = () => file.append(stored);
    expect([await append(), await append(), await append()]).toEqual(['taken', 'taken', 'full']);
    expect(events).toEqual(['reports-full']);
    expect(await linesOf(path)).toHaveLength(2);
    await rename(path, `${path}.old`);
    expect(await append()).toBe('taken');
    expect(await linesOf(path)).toHaveLength(1);
  });

  it('begins a line of its own behind one that a full disk or a crash cut off', async () => {
    const path = join(folder, 'cut.jsonl');
    await writeFile(path, `${JSON.stringify(stored)}\n{"reason":"wro`);
    const file = await openReportFile(path, { log: silentLog });
    expect([await file.append(stored), await file.append(stored)]).toEqual(['taken', 'taken']);
    expect(await linesOf(path)).toEqual([stored, undefined, stored, stored]);
  });

  it('holds no more in memory than a few', async () => {
    const file = await openReportFile(join(folder, 'many.jsonl'), { log: silentLog });
    const many = Array.from({ length: REPORTS_WAITING_MAX + 1 }, () => file.append(stored));
    expect((await Promise.all(many)).filter((one) => one === 'too-many')).toHaveLength(1);
  });

  it('that cannot be written stops the start, or is said in the log', async () => {
    await expect(
      openReportFile(join(folder, 'missing', 'x.jsonl'), { log: silentLog }),
    ).rejects.toMatchObject({
      code: 'bad-setting',
      message: expect.stringContaining('REPORTS_FILE'),
    });
    const events: string[] = [];
    const log: RelayLog = { ...silentLog, error: (event) => events.push(event) };
    const path = join(folder, 'gone');
    const file = await openReportFile(path, { log });
    await rm(path);
    await mkdir(path);
    expect(await file.append(stored)).toBe('full');
    expect(events).toEqual(['reports-not-written']);
  });

  it('is nowhere without the setting', async () => {
    const file = await openReportFile(undefined, { log: silentLog });
    expect(await file.append(stored)).toBe('off');
  });
});

describe('the desk of reports', () => {
  const from = (profile: number, address = 0) => ({
    identityId: String(profile),
    addressKey: String(address),
  });
  const openDesk = () => {
    const kept: StoredReport[] = [];
    const outcomes: string[] = [];
    const desk = createReportDesk(
      {
        async append(one) {
          kept.push(one);
          return 'taken';
        },
      },
      (outcome) => outcomes.push(outcome),
    );
    return { desk, kept, outcomes };
  };

  it('keeps what was said and when, and not by whom', async () => {
    const { desk, kept, outcomes } = openDesk();
    const text = 'What is asked, and answered.';
    expect(await desk.take({ ...report, note: 'Look!', text }, from(1), AT_MS)).toBe('taken');
    expect(kept).toEqual([{ ...stored, note: 'Look!', text }]);
    expect(outcomes).toEqual(['taken']);
  });

  it('takes so many an hour from one profile, and from one address', async () => {
    const { desk, outcomes } = openDesk();
    for (let count = 0; count < REPORTS_PER_IDENTITY_MAX; count += 1) {
      expect(await desk.take(report, from(1), AT_MS)).toBe('taken');
    }
    expect(await desk.take(report, from(1, 9), AT_MS)).toBe('too-many');
    for (let count = REPORTS_PER_IDENTITY_MAX; count < REPORTS_PER_ADDRESS_MAX; count += 1) {
      expect(await desk.take(report, from(100 + count), AT_MS)).toBe('taken');
    }
    expect(await desk.take(report, from(2), AT_MS)).toBe('too-many');
    expect(await desk.take(report, from(2, 9), AT_MS)).toBe('taken');
    expect(await desk.take(report, from(1), AT_MS + REPORT_PERIOD_MS)).toBe('taken');
    expect(outcomes.filter((one) => one === 'too-many')).toHaveLength(2);
  });

  it('remembers no more than so many', async () => {
    const { desk } = openDesk();
    for (let count = 0; count < REPORT_ACCOUNTS_MAX / 2; count += 1) {
      await desk.take(report, from(count, count), AT_MS);
    }
    expect(await desk.take(report, from(-1, -1), AT_MS)).toBe('too-many');
    expect(await desk.take(report, from(-1, -1), AT_MS + REPORT_PERIOD_MS)).toBe('taken');
  });
});

describe('a relay', () => {
  it('puts reports into the operator’s file, and counts them', async () => {
    const reportsFile = join(folder, 'relay.jsonl');
    const logged: string[] = [];
    const log: RelayLog = {
      info: (...what) => logged.push(JSON.stringify(what)),
      warn: (...what) => logged.push(JSON.stringify(what)),
      error: (...what) => logged.push(JSON.stringify(what)),
    };
    const test = await startTestRelay({ reportsFile, log });
    try {
      const peer = await connect(test.relay);
      const text = 'A secret question';
      peer.send({ ...report, requestId: 42, text });
      expect(await peer.next('reported')).toEqual({
        type: 'reported',
        requestId: 42,
        outcome: 'taken',
      });
      const [line] = await linesOf(reportsFile);
      expect(line).toMatchObject({ ...said, text });
      expect(JSON.stringify(line)).not.toContain(peer.peerId.slice(0, 22));
      const metrics = await (await fetch(`${test.relay.url}/metrics`)).text();
      expect(metrics).toContain('manyhands_relay_reports_total{outcome="taken"} 1');
      expect(metrics + logged.join('')).not.toContain(text);
      peer.close();
    } finally {
      await test.dispose();
    }
  });

  it('without one says that it takes none', async () => {
    const test = await startTestRelay();
    try {
      const peer = await connect(test.relay);
      peer.send(report);
      expect((await peer.next('reported')).outcome).toBe('off');
      peer.close();
    } finally {
      await test.dispose();
    }
  });
});
