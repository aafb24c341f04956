import { formatPlural } from '../../state/format.ts';
import type { ModelOption } from '../../state/model-choice.ts';
import type { Scope } from '../../state/tiers.ts';
import { useSite } from '../site-context.ts';

/** What stands behind the name in the picker: coverage in a glance, licence and notice on request. */
export function ModelDetails({ option }: { readonly option: ModelOption }) {
  const { tiers } = useSite();
  const { entry, coverage } = option;
  return (
    <details class="model-details">
      <summary>
        <span class={`dot coverage-${coverage.state}`} aria-hidden="true" />
        {describe(option, tiers.scope.value)}
      </summary>
      <div class="model-details-body">
        <p>{entry.description}</p>
        <p class="fine">
          {entry.parameters} parameters in {formatPlural(entry.blockCount, 'block')}, context of{' '}
          {formatPlural(entry.contextLength, 'token')}. Licence:{' '}
          {entry.licenceUrl === undefined ? (
            entry.licence
          ) : (
            <a href={entry.licenceUrl} target="_blank" rel="noopener noreferrer">
              {entry.licence}
            </a>
          )}
          {entry.notice === undefined ? '' : `. ${entry.notice}`}
        </p>
      </div>
    </details>
  );
}

function describe({ coverage }: ModelOption, scope: Scope | undefined): string {
  if (scope === undefined) return 'No circle is in use, so nobody is asked';
  if (coverage.state === 'unknown') return 'Asking who holds it…';
  if (scope.tier === 'local') {
    return coverage.state === 'none' ? 'Not in this tab yet' : 'All of it is in this tab';
  }
  const isCircle = scope.tier === 'circle';
  if (coverage.state === 'none') {
    return `${isCircle ? 'No member' : 'Nobody'} holds this model right now`;
  }
  const noun = isCircle ? 'tab' : 'volunteer';
  const people = `${formatPlural(coverage.volunteers, noun)}${isCircle ? ' of members' : ''}`;
  return coverage.state === 'full'
    ? `Every block is held, by ${people}`
    : `${people}, but nobody holds ${coverage.missing}`;
}
