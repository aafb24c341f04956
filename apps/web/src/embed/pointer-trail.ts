import { MOVE_TOLERANCE, SCALE_MAX, SCALE_MIN } from './limits.ts';

/** Where the pointer is, on the screen and in the frame. */
export interface PointerSample {
  readonly screenX: number;
  readonly screenY: number;
  readonly clientX: number;
  readonly clientY: number;
}

/**
 * Whether the frame stands still under the pointer. Both pairs of coordinates change by the same vector,
 * up to the browser's zoom, unless the frame moved; a page that puts it under a resting pointer, or lets
 * it follow one, moves it.
 */
export interface PointerTrail {
  /** Returns false where the frame moved since the sample before. */
  add(sample: PointerSample): boolean;
  forget(): void;
}

export function createPointerTrail(): PointerTrail {
  let last: PointerSample | undefined;
  let scale: number | undefined;

  const isStill = (from: PointerSample, to: PointerSample): boolean => {
    const screen = [to.screenX - from.screenX, to.screenY - from.screenY] as const;
    const client = [to.clientX - from.clientX, to.clientY - from.clientY] as const;
    const clientSquared = client[0] ** 2 + client[1] ** 2;
    const product = screen[0] * client[0] + screen[1] * client[1];
    const screenLength = Math.hypot(...screen);
    if (Math.sqrt(clientSquared) <= 2 && screenLength <= MOVE_TOLERANCE) return true;
    const fitted = clientSquared === 0 ? 0 : product / clientSquared;
    if (scale === undefined && (fitted < SCALE_MIN || fitted > SCALE_MAX)) return false;
    const zoom = scale ?? fitted;
    const rest = Math.hypot(screen[0] - zoom * client[0], screen[1] - zoom * client[1]);
    if (rest > MOVE_TOLERANCE + screenLength / 8) return false;
    // Short ways are mostly rounding.
    if (screenLength >= 40) scale ??= fitted;
    return true;
  };

  return {
    add(sample) {
      const isSame = last === undefined || isStill(last, sample);
      if (!isSame) scale = undefined;
      last = sample;
      return isSame;
    },
    forget() {
      last = undefined;
      scale = undefined;
    },
  };
}
