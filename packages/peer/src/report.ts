import type { RelayLink } from '@manyhands/swarm/relay-link';
import type { Report } from '@manyhands/swarm/reports';

/** Tells the operator of the relay about an answer. */
export interface Reporter {
  /**
   * `unsupported`: there is no relay, or an older one, or this is a circle, of which it learns nothing.
   * `refused`: the operator takes no reports, or no more now. Rejects with `SwarmError` `relay-unreachable`.
   */
  report(report: Report): Promise<'sent' | 'unsupported' | 'refused'>;
}

export function createReporter(relay: Pick<RelayLink, 'report'>): Reporter {
  return {
    async report(report) {
      const answer = await relay.report(report);
      if (answer === 'unsupported') return answer;
      return answer === 'taken' ? 'sent' : 'refused';
    },
  };
}
