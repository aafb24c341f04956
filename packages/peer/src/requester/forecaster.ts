import { chooseChain } from '@manyhands/planner/routing';
import type { Transport } from '@manyhands/swarm/link';
import { MODELS_FORECAST_MAX } from '../limits.ts';
import type { AnswerRequest } from './answer.ts';
import { createKnownRoundTrips } from './round-trips.ts';
import { type RosterSource, rosterCurrent, withoutIdentities } from './watch-roster.ts';

/** What a prediction needs of a model. */
export interface ModelShape {
  readonly blockCount: number;
  /** What the head costs a token, in blocks. */
  readonly headBlocks: number;
}

/** How fast models would answer, by what volunteers measured: no link is opened and nobody is asked. */
export interface Forecaster {
  /**
   * Milliseconds from one token to the next on the chain that would be chosen now; `undefined` where
   * nobody could answer. Rejects where the directory or the model's manifest cannot be had.
   */
  forecast(
    modelRoot: string,
    request: Pick<AnswerRequest, 'avoid' | 'stagesMin'>,
    signal: AbortSignal,
  ): Promise<number | undefined>;
}

export interface ForecasterOptions {
  readonly transport: Pick<Transport, 'peerId' | 'roundTrips'>;
  readonly watch: RosterSource;
  readonly loadShape: (modelRoot: string, signal: AbortSignal) => Promise<ModelShape>;
}

export function createForecaster({ transport, watch, loadShape }: ForecasterOptions): Forecaster {
  const shapes = new Map<string, ModelShape>();
  const roundTrips = createKnownRoundTrips(transport);

  async function shapeOf(modelRoot: string, signal: AbortSignal): Promise<ModelShape> {
    const known = shapes.get(modelRoot);
    if (known !== undefined) return known;
    const { blockCount, headBlocks } = await loadShape(modelRoot, signal);
    const shape = { blockCount, headBlocks };
    shapes.set(modelRoot, shape);
    const [oldest] = shapes.keys();
    if (shapes.size > MODELS_FORECAST_MAX && oldest !== undefined) shapes.delete(oldest);
    return shape;
  }

  return {
    async forecast(modelRoot, { avoid, stagesMin = 1 }, signal) {
      const shape = await shapeOf(modelRoot, signal);
      const roster = withoutIdentities(watch(modelRoot), avoid);
      try {
        await rosterCurrent(roster, signal);
        await roundTrips.refresh();
        const choice = chooseChain({
          ...shape,
          modelRoot,
          stagesMin,
          entries: roster.entries,
          // How long the conversation will be is not known yet: who is nearly full counts too.
          positionsNeeded: 1,
          requesterPeerId: transport.peerId,
          roundTripMs: roundTrips.between,
        });
        return choice.kind === 'chain' ? choice.predictedMs : undefined;
      } finally {
        roster.dispose();
      }
    },
  };
}
