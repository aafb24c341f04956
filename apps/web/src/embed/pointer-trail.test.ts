import { describe, expect, it } from 'vitest';
import { createPointerTrail } from './pointer-trail.ts';

/** Where a pointer at `x, y` of the screen is in a frame at `left, top`, in a browser zoomed by `zoom`. */
const sample = (x: number, y: number, { left = 300, top = 200, zoom = 1 } = {}) => ({
  screenX: x,
  screenY: y,
  clientX: (x - left) / zoom,
  clientY: (y - top) / zoom,
});
/** From the edge towards the middle of the frame, as a hand moves. */
const WAY = [
  [305, 210],
  [312, 214],
  [330, 221],
  [361, 240],
  [420, 262],
  [430, 260],
] as const;

describe('a frame', () => {
  it.each([0.25, 0.5, 0.9, 1, 1.1, 1.5, 2, 5])('stands still at zoom %f', (zoom) => {
    const trail = createPointerTrail();
    const place = { zoom };
    for (const [x, y] of WAY) expect(trail.add(sample(x, y, place))).toBe(true);
    for (const [x, y] of WAY.toReversed()) expect(trail.add(sample(x, y, place))).toBe(true);
  });

  it.each([1, 1.5, 2])('that moves under a moving pointer is noticed at zoom %f', (zoom) => {
    const trail = createPointerTrail();
    for (const [x, y] of WAY) trail.add(sample(x, y, { zoom }));
    expect(trail.add(sample(440, 262, { zoom, left: 250 }))).toBe(false);
    // And where it then stays, it stays.
    expect(trail.add(sample(450, 265, { zoom, left: 250 }))).toBe(true);
  });

  it('that moves under a resting pointer is noticed, up to the rounding of a pixel', () => {
    const trail = createPointerTrail();
    trail.add(sample(400, 300));
    expect(trail.add(sample(400, 300, { left: 301 }))).toBe(true);
    expect(trail.add(sample(400, 300, { left: 280 }))).toBe(false);
    expect(trail.add(sample(400, 300, { left: 280, top: 230 }))).toBe(false);
  });

  it('that follows the pointer is noticed', () => {
    const trail = createPointerTrail();
    trail.add(sample(400, 300));
    expect(trail.add(sample(430, 300, { left: 330 }))).toBe(false);
    expect(trail.add(sample(460, 330, { left: 360, top: 230 }))).toBe(false);
  });
});
