import type { ModelConfig } from '@manyhands/model/config';
import { EngineError } from './error.ts';
import type { SessionRange, StageRange, StepRequest } from './stage.ts';

/** Refuses a session that the stage cannot serve, with `bad-step`. */
export function checkSession(config: ModelConfig, held: StageRange, range: SessionRange): void {
  const { firstBlock, endBlock, embeds, heads, positionsMax } = range;
  const isInside = held.firstBlock <= firstBlock && endBlock <= held.endBlock;
  if (!isIndex(firstBlock) || !isIndex(endBlock) || firstBlock > endBlock || !isInside) {
    throw badStep(
      `blocks [${firstBlock}, ${endBlock}) are not within the held ` +
        `[${held.firstBlock}, ${held.endBlock})`,
    );
  }
  if ((embeds && !held.embeds) || (heads && !held.heads)) {
    throw badStep('this stage does not hold the embedding or the head that the session wants');
  }
  if (embeds && firstBlock !== 0) throw badStep('only a session from block 0 on can embed');
  if (heads && endBlock !== config.blockCount) {
    throw badStep(`only a session up to block ${config.blockCount} can run the head`);
  }
  if (firstBlock === endBlock && !embeds && !heads) throw badStep('the session has no work');
  if (!isIndex(positionsMax) || positionsMax < 1 || positionsMax > config.contextLength) {
    throw badStep(`positionsMax must be 1 to ${config.contextLength}, not ${positionsMax}`);
  }
}

/** Refuses a step that does not fit its session: `bad-step`, or `non-finite` for its hidden states. */
export function checkStep(
  config: ModelConfig,
  range: SessionRange,
  kvLength: number,
  request: StepRequest,
): void {
  const { position, tokenCount, headRows, tokenIds, hidden } = request;
  if (!isIndex(tokenCount) || tokenCount < 1) throw badStep(`a step of ${tokenCount} tokens`);
  if (!isIndex(position) || position > kvLength) {
    throw badStep(`position ${position} is beyond the ${kvLength} cached; send what is missing`);
  }
  if (position + tokenCount > range.positionsMax) {
    throw badStep(
      `the step ends at position ${position + tokenCount} but the session reserved ` +
        `${range.positionsMax}; open a longer session`,
    );
  }
  if (!isIndex(headRows) || headRows > (range.heads ? tokenCount : 0)) {
    throw badStep(`${headRows} head rows of ${tokenCount} tokens; only a heading session has any`);
  }
  if (range.embeds) checkTokenIds(config, tokenCount, tokenIds, hidden);
  else checkHidden(config, tokenCount, tokenIds, hidden);
}

function checkTokenIds(
  config: ModelConfig,
  tokenCount: number,
  tokenIds: Uint32Array | undefined,
  hidden: Float32Array | undefined,
): void {
  if (!(tokenIds instanceof Uint32Array) || hidden !== undefined) {
    throw badStep('this session embeds: it takes token ids');
  }
  if (tokenIds.length !== tokenCount) {
    throw badStep(`${tokenIds.length} token ids for ${tokenCount} tokens`);
  }
  const id = tokenIds.find((candidate) => candidate >= config.vocabSize);
  if (id !== undefined) {
    throw badStep(`token id ${id} is outside the vocabulary of ${config.vocabSize}`);
  }
}

function checkHidden(
  config: ModelConfig,
  tokenCount: number,
  tokenIds: Uint32Array | undefined,
  hidden: Float32Array | undefined,
): void {
  if (!(hidden instanceof Float32Array) || tokenIds !== undefined) {
    throw badStep('this session does not embed: it takes hidden states');
  }
  if (hidden.length !== tokenCount * config.hiddenSize) {
    throw badStep(
      `${hidden.length} numbers are not ${tokenCount} hidden states of ${config.hiddenSize}`,
    );
  }
  checkFinite(hidden, 'the hidden states that arrived');
}

/** `non-finite` where a value is NaN or infinite. */
export function checkFinite(values: Float32Array, what: string): void {
  if (values.every(Number.isFinite)) return;
  throw new EngineError(
    'non-finite',
    `${what} contain NaN or infinity; retry on another stage, and distrust the one that made them`,
  );
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function badStep(message: string): EngineError {
  return new EngineError('bad-step', message);
}
