import { t } from '../strings/language.ts';
import { FRAME_HEIGHT_MIN, FRAME_WIDTH_MIN, VISIBLE_MS_MIN } from './limits.ts';
import { createPointerTrail, type PointerSample } from './pointer-trail.ts';
import type { Seen } from './real-visibility.ts';

/** Why a press is no consent. */
export type GateRefusal = 'no-person' | 'too-small' | 'not-visible' | 'unread' | 'too-soon';

/** A press on the button. */
export interface Press {
  readonly isTrusted: boolean;
  /** Undefined for the keyboard and for assistive technology, which have no pointer. */
  readonly pointer: PointerSample | undefined;
}

/**
 * Whether a press means yes. The page around the frame can put things over it, make it transparent, move
 * it under the pointer and take the focus away; it can neither look inside nor press by itself.
 */
export interface ConsentGate {
  /** What the browser says of the button and of every word beside it. */
  setSeen(seen: Seen): void;
  /** A pointer was seen in the frame. */
  point(sample: PointerSample): void;
  /** A mouse left the frame. */
  leave(): void;
  setFocused(isFocused: boolean): void;
  judge(
    press: Press,
    size: { readonly width: number; readonly height: number },
  ): GateRefusal | undefined;
  /** Since when it has been visible without a break. */
  readonly visibleSinceMs: number | undefined;
}

export function createConsentGate(nowMs: () => number): ConsentGate {
  const trail = createPointerTrail();
  let isRead = false;
  let visibleSince: number | undefined;
  let pointedSince: number | undefined;
  let focusedSince: number | undefined;

  const isLong = (since: number | undefined): boolean =>
    since !== undefined && nowMs() - since >= VISIBLE_MS_MIN;
  const point = (sample: PointerSample): void => {
    if (!trail.add(sample)) pointedSince = undefined;
    pointedSince ??= nowMs();
  };

  return {
    get visibleSinceMs() {
      return visibleSince;
    },
    setSeen({ isSeen, isRead: isReadNow }) {
      isRead = isReadNow;
      visibleSince = isSeen ? (visibleSince ?? nowMs()) : undefined;
    },
    point,
    leave() {
      trail.forget();
      pointedSince = undefined;
    },
    setFocused(isFocused) {
      focusedSince = isFocused ? (focusedSince ?? nowMs()) : undefined;
    },
    judge({ isTrusted, pointer }, { width, height }) {
      if (!isTrusted) return 'no-person';
      if (width < FRAME_WIDTH_MIN || height < FRAME_HEIGHT_MIN) return 'too-small';
      if (pointer !== undefined) point(pointer);
      if (visibleSince === undefined) return 'not-visible';
      if (!isRead) return 'unread';
      const isHere = isLong(pointer === undefined ? focusedSince : pointedSince);
      return isLong(visibleSince) && isHere ? undefined : 'too-soon';
    },
  };
}

/** What somebody who meant it should do. */
export function describeRefusal(refusal: GateRefusal): string {
  return t(`embed.refusals.${refusal}`);
}
