import type { AnswerRequest } from '@manyhands/peer/requester/answer';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Connection } from './connection.ts';
import { FORECAST_TIMEOUT_MS, FORECASTS_MAX } from './limits.ts';

/** Tokens a second on the chain that would be chosen now. */
export type ModelSpeed = number | 'asking' | 'unknown';

/** How the question would be asked. */
type Asked = Pick<AnswerRequest, 'avoid' | 'stagesMin'>;

/** How fast models would answer, by root; a model that is not listed was not asked about. */
export interface ModelSpeeds {
  readonly speeds: ReadonlySignal<ReadonlyMap<string, ModelSpeed>>;
  /** Predicts once more for these models, and forgets the others. */
  predict(modelRoots: readonly string[], request: Asked): Promise<void>;
}

export function createModelSpeeds(connection: Pick<Connection, 'peer'>): ModelSpeeds {
  const speeds = signal<ReadonlyMap<string, ModelSpeed>>(new Map());
  let round = 0;

  return {
    speeds,
    async predict(modelRoots, request) {
      round += 1;
      const mine = round;
      const asked = modelRoots.slice(0, FORECASTS_MAX);
      // What was predicted a moment ago stays until there is something newer.
      speeds.value = new Map(asked.map((root) => [root, speeds.value.get(root) ?? 'asking']));
      await Promise.all(
        asked.map(async (root) => {
          const speed = await forecast(connection, root, request);
          if (mine === round) speeds.value = new Map(speeds.value).set(root, speed);
        }),
      );
    },
  };
}

async function forecast(
  connection: Pick<Connection, 'peer'>,
  modelRoot: string,
  request: Asked,
): Promise<ModelSpeed> {
  try {
    const { forecaster } = await connection.peer();
    const end = AbortSignal.timeout(FORECAST_TIMEOUT_MS);
    const tokenMs = await forecaster.forecast(modelRoot, request, end);
    return tokenMs === undefined || tokenMs <= 0 ? 'unknown' : 1_000 / tokenMs;
  } catch {
    // Why the relay or the model is out of reach is said where somebody wants to ask.
    return 'unknown';
  }
}
