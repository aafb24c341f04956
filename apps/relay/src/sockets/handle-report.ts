import { identityOf } from '@manyhands/protocol/id';
import type { Report } from '@manyhands/protocol/relay-message';
import type { CoreParts, Proven } from './core-parts.ts';

/** Puts a report where the operator finds it, and says what became of it. */
export async function handleReport(
  { reports, now }: CoreParts,
  { connection, identity }: Proven,
  report: Report,
): Promise<void> {
  const { addressKey } = connection;
  const from = { identityId: identityOf(identity.peerId), addressKey };
  const outcome = await reports.take(report, from, now());
  connection.send({ type: 'reported', requestId: report.requestId, outcome });
}
