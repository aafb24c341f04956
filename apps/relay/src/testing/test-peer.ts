import type { DirectoryEntry } from '@manyhands/protocol/directory';
import {
  type FromRelay,
  type FromRelayOf,
  parseFromRelay,
  type ToRelay,
} from '@manyhands/protocol/relay-message';
import { relayHelloBytes } from '@manyhands/protocol/transcript';
import { PROTOCOL_VERSIONS, type VersionRange } from '@manyhands/protocol/version';
import { WebSocket } from 'ws';
import type { Relay } from '../create-relay.ts';
import { createTestIdentity, randomText, type TestIdentity } from './test-identity.ts';

/** For machines that are shared, and give a test no turn for seconds. */
const WAIT_MS_MAX = 15_000;

/** A real socket to a relay; what arrives is parsed by the product's own schema. */
export interface TestPeer {
  readonly identity: TestIdentity;
  readonly peerId: string;
  readonly socket: WebSocket;
  /** Everything that arrived. */
  readonly received: readonly FromRelay[];
  /** Records of tunnels that arrived. */
  readonly records: readonly Uint8Array[];
  send(message: ToRelay): void;
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  announce(entry: DirectoryEntry): Promise<void>;
  /** The next message of a type that no `next` has returned yet. */
  next<Type extends FromRelay['type']>(
    type: Type,
    accept?: (message: FromRelayOf<Type>) => boolean,
  ): Promise<FromRelayOf<Type>>;
  /** Resolves with the close code. */
  closed(): Promise<number>;
  close(): void;
}

export interface TestPeerOptions {
  readonly identity?: TestIdentity;
  readonly origin?: string | null;
  readonly headers?: Record<string, string>;
  /** As a page of another time. */
  readonly versions?: VersionRange;
  /** As a frame on this site's page. */
  readonly embedKey?: string;
}

/** Opens a socket and sends nothing. */
export async function openSocket(relay: Relay, options: TestPeerOptions = {}): Promise<TestPeer> {
  const identity = options.identity ?? (await createTestIdentity());
  const origin = options.origin === undefined ? relay.url : options.origin;
  const query = options.embedKey === undefined ? '' : `?embed=${options.embedKey}`;
  const socket = new WebSocket(`${relay.socketUrl}${query}`, {
    perMessageDeflate: false,
    ...(origin === null ? {} : { origin }),
    ...(options.headers === undefined ? {} : { headers: options.headers }),
  });
  const received: FromRelay[] = [];
  const records: Uint8Array[] = [];
  const taken = new Set<FromRelay>();
  const waiting = new Set<() => void>();
  let closeCode: number | undefined;
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  socket.on('message', (data, isBinary) => {
    if (isBinary) records.push(new Uint8Array(data as Buffer));
    else received.push(parseFromRelay(String(data)));
    wake();
  });
  socket.on('close', (code) => {
    closeCode = code;
    wake();
  });
  socket.on('error', () => {});
  await new Promise((resolve) => {
    socket.once('open', resolve);
    socket.once('close', resolve);
  });

  const until = <Result>(find: () => Result | undefined, what: string) =>
    new Promise<Result>((resolve, reject) => {
      const check = () => {
        const result = find();
        if (result === undefined && closeCode === undefined) return;
        clearTimeout(timer);
        waiting.delete(check);
        if (result !== undefined) resolve(result);
        else reject(new Error(`closed with ${closeCode} before ${what}`));
      };
      const timer = setTimeout(() => {
        waiting.delete(check);
        const types = received.map((message) => message.type).join(' ');
        reject(new Error(`no ${what} within ${WAIT_MS_MAX} ms; got ${types}`));
      }, WAIT_MS_MAX);
      waiting.add(check);
      check();
    });

  const send = (message: ToRelay) => socket.send(JSON.stringify(message));
  return {
    identity,
    peerId: identity.publicIdentity.peerId,
    socket,
    received,
    records,
    send,
    sendText: (text) => socket.send(text),
    sendBytes: (bytes) => socket.send(bytes),
    async announce(entry) {
      send({ type: 'announce', entry: await identity.signEntry(entry) });
    },
    async next(type, accept = () => true) {
      type Wanted = FromRelayOf<typeof type>;
      const isWanted = (message: FromRelay): message is Wanted =>
        message.type === type && !taken.has(message) && accept(message as Wanted);
      const message = await until(() => received.find(isWanted), type);
      taken.add(message);
      return message;
    },
    closed: () => until(() => closeCode, 'close'),
    close: () => socket.close(),
  };
}

/** Opens a socket and proves the key. */
export async function connect(relay: Relay, options: TestPeerOptions = {}): Promise<TestPeer> {
  const peer = await openSocket(relay, options);
  const nonce = await greet(peer, options.versions);
  const challenge = await peer.next('challenge');
  await prove(peer, options.origin === undefined ? relay.url : (options.origin ?? ''), {
    nonce,
    challenge,
  });
  await peer.next('welcome');
  return peer;
}

/** Sends `hello`; returns its nonce. */
export async function greet(
  peer: TestPeer,
  versions: VersionRange = PROTOCOL_VERSIONS,
): Promise<string> {
  const { alg, publicKey } = peer.identity.publicIdentity;
  const nonce = randomText(32);
  peer.send({ type: 'hello', versions, alg, publicKey, tabId: peer.identity.tabId, nonce });
  return nonce;
}

/** Answers a challenge the way a page of `origin` does. */
export async function prove(
  peer: TestPeer,
  origin: string,
  { nonce, challenge }: { nonce: string; challenge: FromRelayOf<'challenge'> },
): Promise<void> {
  const { alg, publicKey, agreement } = peer.identity.publicIdentity;
  const { relayId, version, nonce: relayNonce } = challenge;
  const { tabId } = peer.identity;
  const signature = await peer.identity.sign(
    relayHelloBytes({
      origin,
      relayId,
      version,
      tabId,
      publicKey,
      alg,
      clientNonce: nonce,
      relayNonce,
    }),
  );
  peer.send({ type: 'prove', signature, agreement });
}
