import type { Report, ReportOutcome } from '@manyhands/protocol/relay-message';
import {
  REPORT_ACCOUNTS_MAX,
  REPORT_PERIOD_MS,
  REPORTS_PER_ADDRESS_MAX,
  REPORTS_PER_IDENTITY_MAX,
} from '../limits.ts';
import type { ReportFile } from './report-file.ts';

/** Takes reports for the operator, so many an hour from one profile and from one address. */
export interface ReportDesk {
  take(report: Report, from: Reporter, nowMs: number): Promise<ReportOutcome>;
}

/** Known while it is counted, and never stored with what was reported. */
export interface Reporter {
  readonly identityId: string;
  readonly addressKey: string;
}

interface Account {
  readonly sinceMs: number;
  count: number;
}

export function createReportDesk(
  file: ReportFile,
  onOutcome: (outcome: ReportOutcome) => void,
): ReportDesk {
  /** In the order in which they end: all last as long. */
  const accounts = new Map<string, Account>();

  const prune = (nowMs: number): void => {
    for (const [name, { sinceMs }] of accounts) {
      if (nowMs - sinceMs < REPORT_PERIOD_MS) return;
      accounts.delete(name);
    }
  };
  /** Both pay, or neither. */
  const admit = ({ identityId, addressKey }: Reporter, nowMs: number): boolean => {
    prune(nowMs);
    const bounds = new Map([
      [`identity ${identityId}`, REPORTS_PER_IDENTITY_MAX],
      [`address ${addressKey}`, REPORTS_PER_ADDRESS_MAX],
    ]);
    const isSpent = [...bounds].some(([name, max]) => (accounts.get(name)?.count ?? 0) >= max);
    if (isSpent || accounts.size + bounds.size > REPORT_ACCOUNTS_MAX) return false;
    for (const name of bounds.keys()) {
      const account = accounts.get(name) ?? { sinceMs: nowMs, count: 0 };
      account.count += 1;
      accounts.set(name, account);
    }
    return true;
  };

  const decide = async (
    { type: _type, requestId: _id, ...said }: Report,
    from: Reporter,
    nowMs: number,
  ): Promise<ReportOutcome> => {
    if (!admit(from, nowMs)) return 'too-many';
    return file.append({ at: new Date(nowMs).toISOString(), ...said });
  };

  return {
    async take(report, from, nowMs) {
      const outcome = await decide(report, from, nowMs);
      onOutcome(outcome);
      return outcome;
    },
  };
}
