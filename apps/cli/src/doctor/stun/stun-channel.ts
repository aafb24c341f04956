import { createSocket } from 'node:dgram';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { STUN_ANSWER_BYTES_MAX, STUN_RETRANSMISSIONS_MS, STUN_TIMEOUT_MS } from '../../limits.ts';
import { parseResponse, type StunResponse } from './stun-message.ts';

/** Where a STUN or TURN server is (RFC 7064, RFC 7065). */
export interface IceAddress {
  readonly kind: 'stun' | 'turn';
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
}

/** A way to one server. Both calls reject when it does not answer in time. */
export interface StunChannel {
  ask(request: Buffer, transactionId: Buffer): Promise<StunResponse>;
  close(): void;
}

export function parseIceUrl(url: string): IceAddress | undefined {
  const match =
    /^(stun|turn)(s?):(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/.exec(
      url,
    );
  if (match === null) return undefined;
  const [, kind, secure, bracketed, name, port, transport = 'udp'] = match;
  return {
    kind: kind as 'stun' | 'turn',
    host: bracketed ?? name ?? '',
    port: port === undefined ? (secure ? 5349 : 3478) : Number(port),
    transport: secure ? 'tls' : (transport as 'udp' | 'tcp'),
  };
}

export function openStunChannel(address: IceAddress): StunChannel {
  return address.transport === 'udp' ? openUdp(address) : openStream(address);
}

/** Datagrams get lost, so a request is sent again until its answer comes. */
function openUdp({ host, port }: IceAddress): StunChannel {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return {
    ask: (request, transactionId) =>
      answerTo(transactionId, (answer, fail) => {
        const send = () =>
          socket.send(request, port, host, (error) => {
            if (error) fail(error);
          });
        const timers = STUN_RETRANSMISSIONS_MS.map((delayMs) => setTimeout(send, delayMs));
        socket.on('message', answer);
        // Stays: a late ICMP message must not end the process.
        socket.on('error', fail);
        return () => {
          for (const timer of timers) clearTimeout(timer);
          socket.off('message', answer);
        };
      }),
    close: () => socket.close(),
  };
}

function openStream({ host, port, transport }: IceAddress): StunChannel {
  const socket: Socket =
    transport === 'tls' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
  let received = Buffer.alloc(0);
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
  });
  return {
    ask: (request, transactionId) =>
      answerTo(transactionId, (answer, fail) => {
        if (failure !== undefined) fail(failure);
        received = Buffer.alloc(0);
        const onData = (chunk: Buffer) => {
          received = Buffer.concat([received, chunk]);
          if (received.length > STUN_ANSWER_BYTES_MAX) fail(new Error('its answer has no end'));
          else answer(received);
        };
        const onEnd = () => fail(new Error('the server closed the connection'));
        socket.on('data', onData);
        socket.on('error', fail);
        socket.on('end', onEnd);
        socket.write(request);
        return () => {
          socket.off('data', onData);
          socket.off('error', fail);
          socket.off('end', onEnd);
        };
      }),
    close: () => socket.destroy(),
  };
}

/** Waits for the response to one request; `start` returns what undoes it. */
function answerTo(
  transactionId: Buffer,
  start: (answer: (bytes: Buffer) => void, fail: (error: Error) => void) => () => void,
): Promise<StunResponse> {
  return new Promise<StunResponse>((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error('no answer'))), STUN_TIMEOUT_MS);
    let stop: (() => void) | undefined;
    let isOver = false;
    const finish = (settle: () => void) => {
      isOver = true;
      clearTimeout(timer);
      stop?.();
      settle();
    };
    stop = start(
      (bytes) => {
        const response = parseResponse(bytes);
        if (response?.transactionId.equals(transactionId)) finish(() => resolve(response));
      },
      (error) => finish(() => reject(error)),
    );
    if (isOver) stop();
  });
}
