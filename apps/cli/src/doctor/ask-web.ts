import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { DOCTOR_ANSWER_BYTES_MAX, DOCTOR_TIMEOUT_MS } from '../limits.ts';

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Of the server's certificate, over https. */
  readonly validFrom: string | undefined;
  readonly validTo: string | undefined;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Authorities to trust. */
  readonly ca?: readonly string[];
}

/**
 * One request as a browser would send it, or an upgrade, which ends with its answer's headers. Rejects with
 * what the connection failed of: `fetch` would hide codes and certificates, and knows no upgrade.
 */
export function askWeb(
  url: string,
  { headers = {}, ca = [] }: AskOptions = {},
): Promise<WebAnswer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(url, { headers, agent: false, ca: [...ca] });
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error('no answer'), { code: 'TIMEOUT' })),
      DOCTOR_TIMEOUT_MS,
    );
    const settle = (response: IncomingMessage, body: Buffer) => {
      clearTimeout(timer);
      const { statusCode: status = 0, headers: received, socket } = response;
      const certificate = (socket as Partial<TLSSocket>).getPeerCertificate?.();
      const { valid_from: validFrom, valid_to: validTo } = certificate ?? {};
      resolve({ status, headers: received, body, validFrom, validTo });
      request.destroy();
    };
    request.on('upgrade', (response) => settle(response, Buffer.alloc(0)));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > DOCTOR_ANSWER_BYTES_MAX) request.destroy(new Error('the answer has no end'));
      });
      response.on('end', () => settle(response, Buffer.concat(chunks)));
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}

/** Whether it is a relay that answered for its health. */
export function isHealthy({ status, body }: WebAnswer): boolean {
  return status === 200 && /"status":"ok"/.test(body.toString('utf8'));
}
