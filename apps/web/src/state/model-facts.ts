import { t } from '../strings/language.ts';
import { formatBytes, formatCount, formatTokenRate } from './format.ts';
import { describeStatus, type ModelOption } from './model-choice.ts';
import type { ModelSpeed } from './model-speeds.ts';
import type { Scope } from './tiers.ts';

/** What one compares models by, in words. */
export interface ModelFacts {
  readonly size: string;
  readonly context: string;
  readonly coverage: string;
  readonly speed: string;
}

export function describeModel(
  option: ModelOption,
  speed: ModelSpeed | undefined,
  scope: Scope | undefined,
): ModelFacts {
  const { entry, isSelectable } = option;
  const { parameters, blockCount } = entry;
  return {
    size: t('chat.model.facts.sizeOf', {
      count: blockCount,
      size: formatBytes(entry.sizeBytes),
      parameters,
      blocks: formatCount(blockCount),
    }),
    context: t('chat.model.facts.contextOf', { tokens: formatCount(entry.contextLength) }),
    coverage: isSelectable ? describeCoverage(option, scope) : describeStatus(entry),
    speed: describeModelSpeed(option, speed, scope),
  };
}

/** Who holds a model, among those who may be asked. */
export function describeCoverage({ coverage }: ModelOption, scope: Scope | undefined): string {
  if (scope === undefined) return t('chat.model.coverage.noCircle');
  if (coverage.state === 'unknown') return t('chat.model.coverage.asking');
  if (scope.tier === 'local') {
    return t(`chat.model.coverage.${coverage.state === 'none' ? 'localNone' : 'localFull'}`);
  }
  const isCircle = scope.tier === 'circle';
  if (coverage.state === 'none') {
    return t(`chat.model.coverage.${isCircle ? 'noMember' : 'nobody'}`);
  }
  const people = t(`chat.model.coverage.${isCircle ? 'members' : 'volunteers'}`, {
    count: coverage.volunteers,
    people: formatCount(coverage.volunteers),
  });
  return coverage.state === 'full'
    ? t('chat.model.coverage.full', { people })
    : t('chat.model.coverage.partial', { people, missing: coverage.missing });
}

function describeModelSpeed(
  { coverage }: ModelOption,
  speed: ModelSpeed | undefined,
  scope: Scope | undefined,
): string {
  if (typeof speed === 'number') {
    return t('chat.model.speed.predicted', { rate: formatTokenRate(speed) });
  }
  if (speed === 'asking') return t('chat.model.speed.asking');
  if (coverage.state === 'full' || coverage.state === 'unknown') {
    return t('chat.model.speed.unknown');
  }
  return t(`chat.model.speed.${scope?.tier === 'local' ? 'unknownLocal' : 'unknownPartial'}`);
}
