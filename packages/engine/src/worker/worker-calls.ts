/** Calls of one worker. By themselves they never settle once it is gone. */
export interface WorkerCalls {
  /** What `end` was told. */
  readonly ended: Error | undefined;
  /** The answer, or a rejection with what `end` was told. */
  orGone<T>(answer: Promise<T>): Promise<T>;
  /** Rejects what waits and what is still to come; the first error counts. */
  end(error: Error): void;
}

/** No race with a promise that never settles: that one would remember every call there ever was. */
export function createWorkerCalls(): WorkerCalls {
  const waiting = new Set<(error: Error) => void>();
  let ended: Error | undefined;
  return {
    get ended() {
      return ended;
    },
    orGone: (answer) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        answer.then(resolve, reject).finally(() => waiting.delete(reject));
        if (ended !== undefined) reject(ended);
      }),
    end(error) {
      ended ??= error;
      for (const reject of waiting) reject(ended);
      waiting.clear();
    },
  };
}
