import { describe, expect, it } from 'vitest';
import { createConsentGate, describeRefusal, type Press } from './consent-gate.ts';

const SIZE = { width: 320, height: 400 };
const SEEN = { isSeen: true, isRead: true };
/** A place in the frame, which lies at 100, 200 of the screen. */
const at = (x: number, y: number, frame = { x: 100, y: 200 }) => ({
  clientX: x,
  clientY: y,
  screenX: frame.x + x,
  screenY: frame.y + y,
});
const pressAt = (x: number, y: number, frame?: { x: number; y: number }): Press => ({
  isTrusted: true,
  pointer: at(x, y, frame),
});

function setUp() {
  let nowMs = 1_000;
  const gate = createConsentGate(() => nowMs);
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { gate, wait };
}

/** The frame was seen and the pointer rests on the button. */
function armed() {
  const { gate, wait } = setUp();
  gate.setSeen(SEEN);
  gate.point(at(50, 60));
  wait(500);
  return { gate, wait };
}

describe('a press', () => {
  it('means yes where everything was seen and the pointer came half a second before', () => {
    expect(armed().gate.judge(pressAt(50, 60), SIZE)).toBeUndefined();
  });

  it('by a script never does', () => {
    expect(armed().gate.judge({ ...pressAt(50, 60), isTrusted: false }, SIZE)).toBe('no-person');
  });

  it.each([
    { width: 239, height: 400 },
    { width: 320, height: 149 },
  ])('in %o does not', (size) => {
    expect(armed().gate.judge(pressAt(50, 60), size)).toBe('too-small');
  });

  it('does not while something covers the frame, nor right after', () => {
    const { gate, wait } = armed();
    gate.setSeen({ isSeen: false, isRead: true });
    wait(5_000);
    expect(gate.judge(pressAt(50, 60), SIZE)).toBe('not-visible');
    gate.setSeen(SEEN);
    wait(499);
    expect(gate.judge(pressAt(50, 60), SIZE)).toBe('too-soon');
    wait(1);
    expect(gate.judge(pressAt(50, 60), SIZE)).toBeUndefined();
  });

  it('does not before all of the text was in view', () => {
    const { gate } = armed();
    gate.setSeen({ isSeen: true, isRead: false });
    expect(gate.judge(pressAt(50, 60), SIZE)).toBe('unread');
  });

  it('that comes with its pointer does not; the next one does', () => {
    const { gate, wait } = setUp();
    gate.setSeen(SEEN);
    wait(5_000);
    expect(gate.judge(pressAt(50, 60), SIZE)).toBe('too-soon');
    wait(500);
    expect(gate.judge(pressAt(52, 61), SIZE)).toBeUndefined();
  });

  it('does not after the frame jumped under the pointer, which rests on the screen', () => {
    const { gate, wait } = armed();
    const moved = { x: 60, y: 200 };
    gate.point(at(90, 60, moved));
    wait(499);
    expect(gate.judge(pressAt(90, 60, moved), SIZE)).toBe('too-soon');
    wait(1);
    expect(gate.judge(pressAt(90, 60, moved), SIZE)).toBeUndefined();
  });

  it('does not where the frame follows the pointer', () => {
    const { gate, wait } = armed();
    for (let step = 1; step <= 50; step += 1) {
      wait(20);
      const frame = { x: 100 + step * 10, y: 200 };
      gate.point(at(50, 60, frame));
      expect(gate.judge(pressAt(50, 60, frame), SIZE)).toBe('too-soon');
    }
  });

  it('does not after a mouse left and came back with the press', () => {
    const { gate } = armed();
    gate.leave();
    expect(gate.judge(pressAt(50, 60), SIZE)).toBe('too-soon');
  });

  it('on the keyboard does where the focus was in the frame, and not where it just came', () => {
    const { gate, wait } = setUp();
    const press: Press = { isTrusted: true, pointer: undefined };
    gate.setSeen(SEEN);
    wait(1_000);
    expect(gate.judge(press, SIZE)).toBe('too-soon');
    gate.setFocused(true);
    wait(499);
    expect(gate.judge(press, SIZE)).toBe('too-soon');
    wait(1);
    expect(gate.judge(press, SIZE)).toBeUndefined();
    gate.setFocused(false);
    gate.setFocused(true);
    expect(gate.judge(press, SIZE)).toBe('too-soon');
  });
});

it('every refusal says what to do', () => {
  for (const refusal of ['no-person', 'too-small', 'not-visible', 'unread', 'too-soon'] as const) {
    expect(describeRefusal(refusal)).toMatch(/^[A-Z].{25,}\.$/);
  }
});
