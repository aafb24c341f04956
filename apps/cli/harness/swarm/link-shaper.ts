import { EXACT_CLOCK } from './exact-timer.ts';

/** How links of this page behave; both sides of a link shape what they send. */
export interface LinkShape {
  /** Each message leaves this much later, in order. */
  readonly delayMs: number;
  /** Nothing leaves and nothing arrives, and nobody is told: a path that went dark. */
  readonly isCut: boolean;
}

export interface LinkShaper {
  shape(change: Partial<LinkShape>): void;
  /** How late messages really left, in milliseconds: timers are never exact. */
  takeDelays(): readonly number[];
  /** Milliseconds from a frame's arrival to the departure of the next one, before it is held back. */
  takeTurnarounds(): readonly number[];
  /** Milliseconds from a frame's departure, before it is held back, to the arrival of the next one. */
  takeTrips(): readonly number[];
}

/** Messages of one channel that are held back, in order. */
interface Queue {
  last: Promise<void>;
  waiting: number;
}

/** Times remembered for the report. */
const TIMES_MAX = 2_000;

/**
 * Delays or swallows what crosses this page's data channels, at the browser's own `send` and
 * `onmessage`: the product runs unchanged above it. Install it before the first connection.
 */
export function installLinkShaper(): LinkShaper {
  const { prototype } = RTCDataChannel;
  const sendNow = prototype.send as (this: RTCDataChannel, data: string | ArrayBufferView) => void;
  const onMessage = Object.getOwnPropertyDescriptor(prototype, 'onmessage');
  const queues = new WeakMap<RTCDataChannel, Queue>();
  let current: LinkShape = { delayMs: 0, isCut: false };
  let delays: number[] = [];
  let turnarounds: number[] = [];
  let trips: number[] = [];
  let arrivedMs: number | undefined;
  let departedMs: number | undefined;

  const noteDeparture = (data: string | ArrayBufferView): void => {
    if (typeof data === 'string') return;
    departedMs ??= performance.now();
    if (arrivedMs === undefined) return;
    if (turnarounds.length < TIMES_MAX) turnarounds.push(performance.now() - arrivedMs);
    arrivedMs = undefined;
  };
  const noteArrival = (data: unknown): void => {
    if (typeof data === 'string') return;
    arrivedMs = performance.now();
    if (departedMs === undefined) return;
    if (trips.length < TIMES_MAX) trips.push(arrivedMs - departedMs);
    departedMs = undefined;
  };

  const sendLater = (channel: RTCDataChannel, data: string | ArrayBufferView): void => {
    const givenMs = performance.now();
    const dueMs = givenMs + current.delayMs;
    const queue = queues.get(channel) ?? { last: Promise.resolve(), waiting: 0 };
    queues.set(channel, queue);
    queue.waiting += 1;
    queue.last = Promise.all([queue.last, EXACT_CLOCK.waitUntil(dueMs)]).then(() => {
      queue.waiting -= 1;
      if (channel.readyState !== 'open' || current.isCut) return;
      if (delays.length < TIMES_MAX) delays.push(performance.now() - givenMs);
      sendNow.call(channel, data);
    });
  };
  prototype.send = function send(this: RTCDataChannel, data: string | ArrayBufferView) {
    if (current.isCut) return;
    noteDeparture(data);
    // What still waits under an earlier shape is not overtaken.
    const isFree = current.delayMs === 0 && (queues.get(this)?.waiting ?? 0) === 0;
    if (isFree) sendNow.call(this, data);
    else sendLater(this, data);
  } as RTCDataChannel['send'];
  Object.defineProperty(prototype, 'onmessage', {
    ...onMessage,
    set(this: RTCDataChannel, handler: ((event: MessageEvent) => void) | null) {
      const guarded =
        handler &&
        ((event: MessageEvent): void => {
          if (current.isCut) return;
          noteArrival(event.data);
          handler.call(this, event);
        });
      onMessage?.set?.call(this, guarded);
    },
  });

  return {
    shape(change) {
      current = { ...current, ...change };
    },
    takeDelays() {
      const taken = delays;
      delays = [];
      return taken;
    },
    takeTurnarounds() {
      const taken = turnarounds;
      turnarounds = [];
      return taken;
    },
    takeTrips() {
      const taken = trips;
      trips = [];
      return taken;
    },
  };
}
