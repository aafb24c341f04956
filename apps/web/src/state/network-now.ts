import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { NetworkView } from '@manyhands/peer/create-peer';
import { t } from '../strings/language.ts';
import type { ConnectionStatus } from './connection.ts';
import { summarizeCoverage } from './coverage.ts';
import { formatCount } from './format.ts';

/** A number of the network with its word. */
export interface Figure {
  readonly name: 'tabs' | 'models' | 'sessions';
  readonly value: string;
  readonly word: string;
}

/** What the first page tells of the network: figures, a sentence, or both. */
export interface NetworkNow {
  readonly figures: readonly Figure[];
  readonly sentence: string | undefined;
}

/** From what the relay reported and nothing else; where it reported nothing, that is said. */
export function describeNow(
  entries: readonly CatalogViewEntry[],
  network: NetworkView | undefined,
  state: ConnectionStatus['state'],
): NetworkNow {
  if (state === 'local') return { figures: [], sentence: t('home.now.alone') };
  if (state === 'waiting' || state === 'refused' || state === 'failed') {
    return { figures: [], sentence: t('home.now.unreachable') };
  }
  if (network === undefined) return { figures: [], sentence: t('home.now.asking') };
  const sum = (pick: (model: NetworkView['models'][number]) => number): number =>
    network.models.reduce((total, model) => total + pick(model), 0);
  const tabs = sum((model) => model.coverage.volunteers);
  if (tabs === 0) return { figures: [], sentence: t('home.now.nobody') };
  const models = entries.filter(
    (entry) => entry.embedding === undefined && summarizeCoverage(network, entry).state === 'full',
  ).length;
  return {
    figures: [
      figure('tabs', tabs),
      figure('models', models),
      figure(
        'sessions',
        sum((model) => model.sessions),
      ),
    ],
    sentence: models === 0 ? t('home.now.incomplete') : undefined,
  };
}

function figure(name: Figure['name'], count: number): Figure {
  return { name, value: formatCount(count), word: t(`home.now.${name}`, { count }) };
}
