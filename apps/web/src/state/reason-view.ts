import type { BackendReason } from '@manyhands/engine/worker/backend-reason';
import type { BackendKind } from '@manyhands/engine/worker/choose-backend';
import type { AnswerEvent, MissingForChain } from '@manyhands/peer/requester/answer';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { t } from '../strings/language.ts';
import { listParts } from './coverage.ts';
import { formatCount, formatStepTime, formatTokenRate } from './format.ts';
import { chooseRemedy } from './remedy.ts';

export type ChainReason = Extract<AnswerEvent, { type: 'routing' }>['reason'];
type Placement = NonNullable<VolunteerState['placement']>;
type RecoveryReason = NonNullable<VolunteerState['setback']>;

/** Why a chain was chosen, with the speed it should have. */
export function describeChainReason(reason: ChainReason): string {
  const { predictedMs, sharesIdentity } = reason;
  const why = describeChainWhy(reason);
  const expected =
    predictedMs === undefined
      ? why
      : t('reasons.chain.expected', { why, rate: formatTokenRate(1_000 / predictedMs) });
  return sharesIdentity ? `${expected} ${t('reasons.chain.sharesIdentity')}` : expected;
}

function describeChainWhy(reason: ChainReason): string {
  switch (reason.code) {
    case 'alone':
      return t(reason.hasChoice ? 'reasons.chain.aloneChosen' : 'reasons.chain.alone');
    case 'spread':
      return t('reasons.chain.spread', { volunteers: formatCount(reason.stageCount) });
    case 'none-alone':
      return t('reasons.chain.noneAlone', { volunteers: formatCount(reason.stageCount) });
    case 'together': {
      const { predictedMs = 0, aloneMs, stageCount } = reason;
      const figures = {
        volunteers: formatCount(stageCount),
        rate: formatTokenRate(1_000 / aloneMs),
      };
      // Measured since, it may be otherwise.
      return predictedMs < aloneMs
        ? t('reasons.chain.together', figures)
        : t('reasons.chain.seemedTogether', figures);
    }
    case 'repaired': {
      const { newCount: count } = reason;
      return t('reasons.chain.repaired', { count, volunteers: formatCount(count) });
    }
    default:
      return reason satisfies never;
  }
}

/** What an answer waits for. */
export function describeMissingForChain(missing: MissingForChain): string {
  const { code, missingBlocks, missesEmbedding, missesHead } = missing;
  if (code !== 'not-covered') return t(`reasons.missing.${code}`);
  const what = listParts(missingBlocks, { embedding: missesEmbedding, head: missesHead });
  return t('answers.nobodyHolds', { what });
}

/** Why the GPU or the processor computes. */
export function describeBackendReason(reason: BackendReason, backend: BackendKind): string {
  switch (reason.code) {
    case 'chosen':
      return t(
        backend === 'webgpu' ? 'reasons.backend.chosenGpu' : 'reasons.backend.chosenProcessor',
      );
    case 'no-gpu':
      return reason.problem === undefined
        ? t('reasons.backend.no-gpu')
        : t('reasons.backend.no-gpu-because', { problem: chooseRemedy(reason.problem).title });
    case 'measured':
      return t('reasons.backend.measured', {
        gpu: formatStepTime(reason.gpuMs),
        processor: formatStepTime(reason.processorMs),
      });
    case 'gpu-failed':
    case 'processor-failed':
      return t(`reasons.backend.${reason.code}`, { problem: chooseRemedy(reason.problem).title });
    case 'no-simd':
    case 'software-gpu':
      return t(`reasons.backend.${reason.code}`);
    default:
      return reason satisfies never;
  }
}

/** Why this tab holds what it does; `model` is its name, where the catalogue has one. */
export function describePlacement(placement: Placement, model: string | undefined): string {
  const name = model ?? t('reasons.placement.thisModel');
  switch (placement.code) {
    case 'whole': {
      const { copies: count } = placement;
      const copies =
        count === 0
          ? t('reasons.placement.copiesNone')
          : t('reasons.placement.copies', { count, written: formatCount(count) });
      return withGain(t('reasons.placement.whole', { model: name, copies }), placement);
    }
    case 'thinnest':
    case 'fastest': {
      const { copies: count } = placement;
      const held =
        count === 0
          ? t('reasons.placement.heldNone')
          : t('reasons.placement.held', { count, written: formatCount(count) });
      const why = t(`reasons.placement.${placement.code}`, { model: name, held });
      return placement.code === 'fastest' ? withGain(why, placement) : why;
    }
    case 'as-asked':
      return t('reasons.placement.as-asked', { model: name });
    case 'by-hand':
      return t('reasons.placement.by-hand');
    case 'told':
      return placement.text;
    default:
      return placement satisfies never;
  }
}

function withGain(
  why: string,
  { tokensPerSecond }: { readonly tokensPerSecond?: number | undefined },
): string {
  if (tokensPerSecond === undefined) return why;
  return t('reasons.placement.gain', { why, rate: formatTokenRate(tokensPerSecond) });
}

/** Why a stage was loaded again, and how much less of it. */
export function describeRecoveryReason({ code, shrunk }: RecoveryReason): string {
  const why = t(`reasons.recovery.${code}`);
  if (shrunk === undefined) return why;
  const { blockCount: count, blockCountBefore: before } = shrunk;
  const written = formatCount(count);
  return t('reasons.recovery.shrunk', { why, count, written, before: formatCount(before) });
}
