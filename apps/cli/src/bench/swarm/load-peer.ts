import { encodeBase64 } from '@manyhands/protocol/base64';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { WATCH_CANDIDATES_MAX } from '@manyhands/protocol/limits';
import { parseFromRelay, type ToRelay } from '@manyhands/protocol/relay-message';
import { directoryEntryBytes, relayHelloBytes } from '@manyhands/protocol/transcript';
import { PROTOCOL_VERSIONS } from '@manyhands/protocol/version';
import { createIdentity, type Identity } from '@manyhands/swarm/identity';
import { WebSocket } from 'ws';
import { CliError } from '../../error.ts';

/** A socket that behaves towards the relay as a tab does, and throws away what it is told. */
export interface LoadPeer {
  readonly received: { messages: number; bytes: number };
  /** Whether the socket is still there. */
  readonly isOpen: boolean;
  watch(modelRoot: string): void;
  /**
   * Announces that it holds all blocks, as a volunteer does at every heartbeat, and how many sessions it
   * has: whoever watches is told when that changed.
   */
  announce(modelRoot: string, blockCount: number, sessions: number): Promise<void>;
  close(): void;
}

const HANDSHAKE_TIMEOUT_MS = 30_000;

/** Connects with a key of its own and proves it. `address` is where a proxy would say it comes from. */
export async function openLoadPeer(origin: string, address: string): Promise<LoadPeer> {
  const identity = await createIdentity();
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/relay`, {
    origin,
    perMessageDeflate: false,
    headers: { 'x-forwarded-for': address },
  });
  const received = { messages: 0, bytes: 0 };
  let sequence = 0;
  const send = (message: ToRelay): void => socket.send(JSON.stringify(message));
  await shakeHands(socket, identity, origin, send);
  socket.on('message', (data: Buffer) => {
    received.messages += 1;
    received.bytes += data.length;
  });
  return {
    received,
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    watch(modelRoot) {
      send({ type: 'watch', modelRoot, candidatesMax: WATCH_CANDIDATES_MAX });
    },
    async announce(modelRoot, blockCount, sessions) {
      sequence += 1;
      const entry = { ...entryOf(identity, sequence, modelRoot, blockCount), sessions };
      const payload = JSON.stringify(entry);
      const signature = await identity.sign(directoryEntryBytes(payload));
      if (socket.readyState === WebSocket.OPEN) {
        send({ type: 'announce', entry: { payload, signature } });
      }
    },
    close: () => socket.terminate(),
  };
}

/** Resolves when welcome. Rejects where the relay refuses, closes or does not answer. */
function shakeHands(
  socket: WebSocket,
  identity: Identity,
  origin: string,
  send: (message: ToRelay) => void,
): Promise<void> {
  const { alg, publicKey, agreement, peerId } = identity.publicIdentity;
  const tabId = peerId.split('.')[1] ?? '';
  const nonce = encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
  return new Promise((resolve, reject) => {
    const fail = (text: string): void => {
      clearTimeout(timer);
      reject(new CliError('page-failed', `A peer of the load could not join: ${text}.`));
      socket.terminate();
    };
    const timer = setTimeout(() => fail('the relay did not answer'), HANDSHAKE_TIMEOUT_MS);
    const take = async (text: string): Promise<void> => {
      const message = parseFromRelay(text);
      if (message.type === 'challenge') {
        const { relayId, version, nonce: relayNonce } = message;
        const signed = { origin, relayId, version, tabId, publicKey, alg };
        const bytes = relayHelloBytes({ ...signed, clientNonce: nonce, relayNonce });
        send({ type: 'prove', signature: await identity.sign(bytes), agreement });
      } else if (message.type === 'welcome') {
        clearTimeout(timer);
        socket.off('message', listen);
        resolve();
      } else if (message.type === 'refused') fail(message.code);
    };
    const listen = (data: Buffer): void => {
      take(String(data)).catch((error: unknown) => fail(String(error)));
    };
    socket.on('message', listen);
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('the socket was closed'));
    socket.on('open', () =>
      send({ type: 'hello', versions: PROTOCOL_VERSIONS, alg, publicKey, tabId, nonce }),
    );
  });
}

function entryOf(
  { publicIdentity: identity }: Identity,
  sequence: number,
  modelRoot: string,
  blockCount: number,
): DirectoryEntry {
  const range = { firstBlock: 0, endBlock: blockCount, embeds: true, heads: true };
  const holding = {
    kind: 'blocks' as const,
    modelRoot,
    ...range,
    msPerBlock: 1,
    positionsMax: 512,
  };
  return {
    identity,
    sequence,
    announcedAtMs: Date.now(),
    holdings: [holding],
    memoryBytes: 1024 ** 3,
    numericClass: 'stand-in',
    deviceKind: 'desktop',
    state: 'serving',
    sessions: 0,
    sessionsMax: 16,
  };
}
