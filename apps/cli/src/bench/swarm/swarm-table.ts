import { FAULT_TITLES } from '../../swarm/disturb.ts';
import type { SwarmReport } from './swarm-report.ts';

/** A report for people: one table a section. */
export function describeSwarmReport(report: SwarmReport): string {
  const { machine, startedAt, passMs, rowMs } = report;
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, ${machine.runtime}; ${startedAt}`,
    `stages are stand-ins that wait ${passMs} ms a pass and ${rowMs} ms a row; tabs, links and relay are real`,
    ...describeHops(report.hops),
    ...describeDelays(report.delays),
    ...describeLoss(report.loss),
    ...describeUsers(report.users),
    ...describeRecovery(report.recovery),
    ...describeRelay(report.relay),
  ];
  return `${lines.join('\n')}\n`;
}

function describeHops(hops: SwarmReport['hops']): string[] {
  if (hops === undefined) return [];
  const rows = hops.chains.map(({ stages, tokenMs }) => [String(stages), tokenMs.toFixed(2)]);
  return [
    ...table('hops: no delay on the links', ['stages', 'ms a token'], rows),
    `  a further stage adds ${hops.addedMs.toFixed(2)} ms: ${hops.hopMs.toFixed(2)} ms beyond its own time`,
    `  a page has its worker's answer after ${hops.stepMs.toFixed(2)} ms and sends it on after ` +
      `${hops.turnaroundMs.toFixed(2)} ms; the next page has it ${hops.linkMs.toFixed(2)} ms later`,
    `  the requester's next step leaves ${hops.requesterMs.toFixed(2)} ms after an answer`,
  ];
}

function describeDelays(delays: SwarmReport['delays']): string[] {
  if (delays === undefined) return [];
  const rows = delays.map((row) => [
    String(row.stages),
    String(row.oneWayMs),
    row.linkMs.toFixed(2),
    row.boundTokensPerSecond.toFixed(1),
    row.plainTokensPerSecond.toFixed(1),
    percent(row.plainTokensPerSecond / row.boundTokensPerSecond),
    percent(row.plainTokensPerSecond / row.linkBoundTokensPerSecond),
    row.draftTokensPerSecond.toFixed(1),
    percent(row.draftTokensPerSecond / row.boundTokensPerSecond),
    row.rivalTokensPerSecond?.toFixed(1) ?? '-',
  ]);
  const columns = [
    'stages',
    'one-way ms',
    'link ms',
    'bound tokens/s',
    'plain',
    'of bound',
    'of links',
    'drafts',
    'of bound',
    'Pooled',
  ];
  return [
    ...table('delays: messages held back in the sender’s page; repeating text', columns, rows),
    '  link ms: from one page to the next, with what the browsers take; “of links” is the share of a bound with those',
    '  Pooled’s figures are its own, of a real model on its devices: its share of the delay compares, not its speed',
  ];
}

function describeLoss(loss: SwarmReport['loss']): string[] {
  if (loss === undefined) return [];
  if ('skipped' in loss) return ['', `loss: left out. ${loss.skipped}`];
  const rows = loss.map((row) => [
    `${row.lossPercent} %`,
    String(row.stages),
    row.boundTokensPerSecond.toFixed(1),
    row.tokensPerSecond.toFixed(1),
    percent(row.tokensPerSecond / row.boundTokensPerSecond),
    row.tokenMs.median.toFixed(1),
    row.tokenMs.p95.toFixed(1),
    row.tokenMs.worst.toFixed(0),
    String(row.repairs),
    yes(row.isTextRight),
  ]);
  const title = `loss: packets lost between two network namespaces, ${loss[0]?.oneWayMs} ms one way`;
  const columns = [
    'lost',
    'stages',
    'bound',
    'tokens/s',
    'of bound',
    'ms',
    'p95',
    'worst',
    'repairs',
    'right',
  ];
  return table(title, columns, rows);
}

function describeUsers(users: SwarmReport['users']): string[] {
  if (users === undefined) return [];
  const rows = users.map((row) => [
    String(row.users),
    row.tokensPerSecond.toFixed(1),
    row.speedup.toFixed(2),
    row.medianGapMs.toFixed(1),
    row.worstStall.toFixed(2),
    yes(row.areTextsRight),
  ]);
  const columns = ['users', 'tokens/s', 'times one', 'median gap ms', 'worst / median', 'right'];
  return table('users: three stages, different prompts', columns, rows);
}

function describeRecovery(recovery: SwarmReport['recovery']): string[] {
  if (recovery === undefined) return [];
  const rows = recovery.map((row) => [
    FAULT_TITLES[row.fault],
    String(row.repeats),
    row.resumeMs.median.toFixed(0),
    row.resumeMs.worst.toFixed(0),
    `${row.right} of ${row.repeats}`,
  ]);
  const columns = ['loss', 'times', 'median ms', 'worst ms', 'right'];
  const failures = recovery.flatMap(({ fault, failures }) =>
    failures.map((failure) => `  ${FAULT_TITLES[fault]}: ${failure}`),
  );
  const title = 'recovery: 256 tokens of context, three stages, a spare for each';
  return [...table(title, columns, rows), ...failures];
}

function describeRelay(relay: SwarmReport['relay']): string[] {
  if (relay === undefined) return [];
  const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
  const growth = relay.residentBytes - relay.residentBytesBefore;
  return [
    '',
    `relay: ${relay.peers} peers, nine of ten serve one model, ten change a second, all watch, ${relay.seconds} s`,
    `  processor: ${percent(relay.cpuShare)} of one core; joining took ${relay.joinCpuMs.toFixed(0)} ms of it`,
    `  memory: ${megabytes(relay.residentBytes)} MB, ${megabytes(growth)} MB more than idle ` +
      `(${(growth / relay.peers / 1_000).toFixed(1)} kB a peer)`,
    `  sent: ${relay.messagesPerSecond.toFixed(0)} messages/s, ${megabytes(relay.bytesPerSecond)} MB/s`,
  ];
}

function table(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const all = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
  return ['', title, ...lines.map((line) => `  ${line}`)];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function yes(isTrue: boolean): string {
  return isTrue ? 'yes' : 'NO';
}
