/** How fast those are who serve, by the memory they give: what is assumed of who never measured itself. */
export interface SpeedGuess {
  count(memoryBytes: number, bytesPerMs: number, sign: 1 | -1): void;
  /** `undefined` where nobody gives that much memory, nor twice or half of it. */
  of(memoryBytes: number): number | undefined;
}

/** Two to an octave: devices with half as much memory are another kind of device. */
const STEPS_PER_OCTAVE = 2;

/** Counts volunteers as they come and go; means are of logarithms, so that one liar hardly matters. */
export function createSpeedGuess(): SpeedGuess {
  const steps = new Map<number, { sum: number; count: number }>();
  const stepOf = (memoryBytes: number): number =>
    Math.round(STEPS_PER_OCTAVE * Math.log2(Math.max(1, memoryBytes)));
  return {
    count(memoryBytes, bytesPerMs, sign) {
      const at = stepOf(memoryBytes);
      const step = steps.get(at) ?? { sum: 0, count: 0 };
      step.count += sign;
      step.sum = step.count === 0 ? 0 : step.sum + sign * Math.log(bytesPerMs);
      if (step.count === 0) steps.delete(at);
      else steps.set(at, step);
    },
    of(memoryBytes) {
      const at = stepOf(memoryBytes);
      for (let distance = 0; distance <= STEPS_PER_OCTAVE; distance += 1) {
        const near = [at - distance, at + distance].flatMap((each) => steps.get(each) ?? []);
        const count = near.reduce((total, each) => total + each.count, 0);
        if (count > 0) return Math.exp(near.reduce((total, each) => total + each.sum, 0) / count);
      }
      return undefined;
    },
  };
}
