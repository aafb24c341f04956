import { randomBytes } from 'node:crypto';
import { type IceAddress, openStunChannel, parseIceUrl } from './stun-channel.ts';
import { ATTRIBUTE, addressOf, encodeRequest, errorOf, METHOD } from './stun-message.ts';

/** What came of asking a server for what browsers will ask it for. */
export type IceAnswer =
  | { readonly kind: 'serves'; readonly address: string | undefined }
  | { readonly kind: 'bad-url' }
  | { readonly kind: 'no-answer'; readonly reason: string }
  | { readonly kind: 'refuses'; readonly code: number; readonly reason: string };

export interface IceServer {
  readonly urls: string;
  readonly username?: string | undefined;
  readonly credential?: string | undefined;
}

/** UDP, in the attribute's first byte. */
const UDP = Buffer.from([17, 0, 0, 0]);
const NO_LIFETIME = Buffer.alloc(4);

/**
 * A STUN server is asked for this machine's address. A TURN server is asked for an allocation, which is
 * given back at once: only that proves that user names are accepted.
 */
export async function askIceServer(server: IceServer): Promise<IceAnswer> {
  const address = parseIceUrl(server.urls);
  if (address === undefined) return { kind: 'bad-url' };
  try {
    return await (address.kind === 'stun' ? askBinding(address) : askAllocation(address, server));
  } catch (error) {
    return { kind: 'no-answer', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function askBinding(address: IceAddress): Promise<IceAnswer> {
  const channel = openStunChannel(address);
  try {
    const id = randomBytes(12);
    const response = await channel.ask(encodeRequest(METHOD.binding, id, []), id);
    if (!response.isSuccess) return { kind: 'refuses', ...errorOf(response) };
    const mapped = response.attributes.get(ATTRIBUTE.xorMappedAddress);
    return { kind: 'serves', address: addressOf(mapped) };
  } finally {
    channel.close();
  }
}

async function askAllocation(
  address: IceAddress,
  { username = '', credential = '' }: IceServer,
): Promise<IceAnswer> {
  const channel = openStunChannel(address);
  const wanted = [[ATTRIBUTE.requestedTransport, UDP]] as const;
  try {
    // The server answers the first request with 401 and with what the second one has to contain.
    const firstId = randomBytes(12);
    const first = await channel.ask(encodeRequest(METHOD.allocate, firstId, wanted), firstId);
    const realm = first.attributes.get(ATTRIBUTE.realm)?.toString('utf8');
    const nonce = first.attributes.get(ATTRIBUTE.nonce)?.toString('utf8');
    if (realm === undefined || nonce === undefined) {
      if (!first.isSuccess) return { kind: 'refuses', ...errorOf(first) };
      return { kind: 'refuses', code: 0, reason: 'it serves anybody, without a user name' };
    }
    const credentials = { username, password: credential, realm, nonce };
    const id = randomBytes(12);
    const request = encodeRequest(METHOD.allocate, id, wanted, credentials);
    const response = await channel.ask(request, id);
    if (!response.isSuccess) return { kind: 'refuses', ...errorOf(response) };
    const refreshId = randomBytes(12);
    const refresh = encodeRequest(
      METHOD.refresh,
      refreshId,
      [[ATTRIBUTE.lifetime, NO_LIFETIME]],
      credentials,
    );
    // Where this is lost, the allocation ends by itself after ten minutes.
    await channel.ask(refresh, refreshId).catch(() => undefined);
    const relayed = response.attributes.get(ATTRIBUTE.xorRelayedAddress);
    return { kind: 'serves', address: addressOf(relayed) };
  } finally {
    channel.close();
  }
}
