import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { RelaySettings } from '@manyhands/relay/settings';
import { openLibrary } from '../catalog/open-library.ts';
import { describeError } from '../error.ts';
import { DOCTOR_HASHING_MS } from '../limits.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Which models would be served now. Files of this machine are hashed, for a while. */
export async function checkCatalogue(settings: RelaySettings): Promise<Finding[]> {
  let library: Awaited<ReturnType<typeof openLibrary>>;
  try {
    library = await openLibrary(settings);
  } catch (error) {
    return [problem('catalogue', describeError(error), 'Correct the file, or set CATALOG.')];
  }
  try {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DOCTOR_HASHING_MS);
    });
    await Promise.race([library.settled(), patience]);
    clearTimeout(timer);
    return judgeEntries(library.view().entries);
  } finally {
    await library.dispose();
  }
}

export function judgeEntries(entries: readonly CatalogViewEntry[]): Finding[] {
  const idsOf = (status: CatalogViewEntry['status']) =>
    entries.filter((entry) => entry.status === status).map(({ id }) => id);
  const ready = idsOf('ready');
  const unverified = idsOf('unverified');
  const hashing = idsOf('hashing');
  const failed = entries.filter(({ status }) => status === 'failed');
  const verify = 'manyhands catalog verify';
  return [
    ready.length > 0
      ? ok('catalogue', `verified and served: ${ready.join(', ')}`)
      : problem('catalogue', 'no model is verified, so none is served', `Run \`${verify}\`.`),
    ...(unverified.length > 0
      ? [
          note(
            'catalogue',
            `listed, not verified and not served: ${unverified.join(', ')}`,
            `Run \`${verify} ID\` for those you want: each is read once.`,
          ),
        ]
      : []),
    ...(hashing.length > 0
      ? [note('catalogue', `still being hashed: ${hashing.join(', ')}`, 'Look again later.')]
      : []),
    ...failed.map(({ id, message }) =>
      problem(
        'catalogue',
        `${id}: ${message ?? 'failed'}`,
        'Replace the file or remove the entry.',
      ),
    ),
  ];
}
