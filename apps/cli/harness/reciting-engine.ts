import { createEngine, type EngineHandle } from '@manyhands/engine/worker/create-engine';

/**
 * A real engine whose head has these tokens say what comes next, whatever it computed: a test then knows
 * how long a list or a block of code the page has to show. Everything else is as it is, pace included.
 */
export function createRecitingEngine(tokenIds: readonly number[]): EngineHandle {
  const engine = createEngine();
  /** Where in each session the prompt ends: the first row that anybody wants candidates of. */
  const starts = new Map<string, number>();
  return {
    ...engine,
    async step(request) {
      const { sessionId, position, tokenCount, headRows } = request;
      const result = await engine.step(request);
      if (result.candidates === undefined || headRows === 0) return result;
      const firstRow = position + tokenCount - headRows;
      const start = starts.get(sessionId) ?? firstRow;
      starts.set(sessionId, start);
      const { candidateCount, tokenIds: likeliest } = result.candidates;
      for (let row = 0; row < headRows; row += 1) {
        const wanted = tokenIds[firstRow + row - start] ?? tokenIds.at(-1);
        if (wanted === undefined) return result;
        // The others stay behind it: a requester that takes the likeliest one takes this one.
        likeliest[row * candidateCount] = wanted;
      }
      return result;
    },
    async closeSession(...session) {
      starts.delete(session[0]);
      await engine.closeSession(...session);
    },
  };
}
