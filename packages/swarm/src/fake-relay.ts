import { encodeBase64 } from '@manyhands/protocol/base64';
import {
  type FromRelay,
  type FromRelayOf,
  parseToRelay,
  type ToRelay,
} from '@manyhands/protocol/relay-message';
import { relayHelloBytes } from '@manyhands/protocol/transcript';
import { identityIdOf, verifySignature } from '@manyhands/protocol/verify';
import { PROTOCOL_VERSIONS } from '@manyhands/protocol/version';
import type { SocketHandlers, SocketHost } from './socket.ts';

/** For tests: a clock, timers and sockets under the test's control, with a small relay behind. */
export function createFakeRelay(options: {
  readonly origin: string;
  readonly version?: number;
  readonly relays?: readonly string[];
}) {
  const { version = PROTOCOL_VERSIONS.max } = options;
  const timers = new Set<{ readonly atMs: number; callback: () => void }>();
  const received: ToRelay[] = [];
  const records: Uint8Array<ArrayBuffer>[] = [];
  const proofs: boolean[] = [];
  let nowMs = 1_800_000_000_000;
  let socketCount = 0;
  let welcomeCount = 0;
  let isReachable = true;
  let isSilent = false;
  let current: SocketHandlers | undefined;
  const relayId = encodeBase64(new Uint8Array(16).fill(9));
  const relayNonce = encodeBase64(new Uint8Array(32).fill(8));
  let hello: Extract<ToRelay, { type: 'hello' }> | undefined;

  const send = (message: FromRelay) => current?.onMessage(JSON.stringify(message));
  const answer = async (message: ToRelay) => {
    if (message.type === 'hello') {
      hello = message;
      send({ type: 'challenge', version, relayId, nonce: relayNonce });
      return;
    }
    if (message.type !== 'prove' || hello === undefined) return;
    const { alg, publicKey, tabId, nonce: clientNonce } = hello;
    const { origin } = options;
    const fields = { origin, relayId, version, tabId, publicKey, alg, clientNonce, relayNonce };
    const bytes = relayHelloBytes(fields);
    proofs.push(await verifySignature(publicKey, alg, message.signature, bytes));
    const peerId = `${await identityIdOf(alg, publicKey)}.${tabId}`;
    const { relays = [] } = options;
    welcomeCount++;
    const iceServers = [{ urls: 'stun:x' }];
    send({ type: 'welcome', peerId, iceServers, relays: [...relays], nowMs: nowMs + 5_000 });
  };

  const host: SocketHost = {
    openSocket(_url, handlers) {
      socketCount++;
      current = handlers;
      queueMicrotask(() => (isReachable ? handlers.onOpen() : handlers.onClose()));
      return {
        send(data) {
          if (typeof data !== 'string') {
            records.push(data);
            return;
          }
          const message = parseToRelay(data);
          received.push(message);
          if (!isSilent) void answer(message);
        },
        close() {
          if (current === handlers) current = undefined;
        },
      };
    },
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    dispose: () => timers.clear(),
  };

  return {
    host,
    received,
    records,
    proofs,
    send,
    sendBytes: (bytes: Uint8Array<ArrayBuffer>) => current?.onBytes(bytes),
    sendText: (text: string) => current?.onMessage(text),
    clock: () => nowMs,
    get welcomeCount() {
      return welcomeCount;
    },
    get socketCount() {
      return socketCount;
    },
    messagesOf: <Type extends ToRelay['type']>(type: Type) =>
      received.filter((one): one is Extract<ToRelay, { type: Type }> => one.type === type),
    refuse: (code: FromRelayOf<'refused'>['code'], fatal: boolean) =>
      send({ type: 'refused', code, message: `refused: ${code}`, fatal }),
    setReachable(value: boolean) {
      isReachable = value;
    },
    setSilent(value: boolean) {
      isSilent = value;
    },
    /** The connection breaks. */
    drop() {
      const handlers = current;
      current = undefined;
      handlers?.onClose();
    },
    /** Lets time pass, running the timers that fall due, in order. */
    advance(ms: number) {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers]
          .filter(({ atMs }) => atMs <= endMs)
          .sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = next.atMs;
        next.callback();
      }
      nowMs = endMs;
    },
  };
}
