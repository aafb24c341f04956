import { createHash, randomBytes } from 'node:crypto';
import { CATALOG_PATH, type CatalogView, parseCatalogView } from '@manyhands/model/catalog';
import { RELAY_PATH } from '@manyhands/relay/create-relay';
import { CERTIFICATE_LEFT_MS_MIN, CLOCK_SKEW_MS_MAX } from '../limits.ts';
import { type AskOptions, askWeb, isHealthy, type WebAnswer } from './ask-web.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Where a WebSocket's answer comes from (RFC 6455, section 1.3). */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Looks at the site and its relay from outside, through whatever stands in front. */
export async function checkPublic(
  origin: string,
  ca: readonly string[],
  nowMs: number,
): Promise<Finding[]> {
  let health: WebAnswer;
  try {
    health = await askWeb(`${origin}/healthz`, { ca });
  } catch (error) {
    return [judgeFailure(origin, error as NodeJS.ErrnoException)];
  }
  const reached = judgeHealth(origin, health);
  const seen = [reached, ...judgeCertificate(health, nowMs), ...judgeDate(health, nowMs)];
  if (reached.level === 'problem') return seen;
  const checks = [checkUpgrade, checkRange, checkPage].map((check) => check(origin, { ca }));
  return [...seen, ...(await Promise.all(checks)).flat()];
}

function judgeFailure(origin: string, { code = '', message }: NodeJS.ErrnoException): Finding {
  const text = `${origin} cannot be reached (${code || message})`;
  const remedies: Readonly<Record<string, string>> = {
    ENOTFOUND: 'Add a DNS record for the name.',
    EAI_AGAIN: 'Add a DNS record for the name, or look at this machine’s resolver.',
    ECONNREFUSED: 'Start the proxy, and let the firewall pass its port.',
    TIMEOUT: 'Let the firewall pass the port; some routers do not lead back to their own address.',
    CERT_HAS_EXPIRED:
      'Renew the certificate: Caddy does so by itself where it gets port 80 or 443.',
    ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for other names: get one for this name.',
  };
  const isUntrusted = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/.test(code);
  const untrusted =
    'Browsers do not trust this certificate: get one of an authority, with its whole chain.';
  const other = 'Look at the log of the proxy.';
  return problem('reachable', text, isUntrusted ? untrusted : (remedies[code] ?? other));
}

function judgeHealth(origin: string, answer: WebAnswer): Finding {
  const { status } = answer;
  if (isHealthy(answer)) return ok('reachable', `${origin} leads to a relay`);
  const remedy =
    status === 502 || status === 503 || status === 504
      ? 'The proxy does not reach the relay: start it, and compare HOST and PORT.'
      : 'Another program answers there: let the proxy pass every path to the relay.';
  return problem('reachable', `${origin}/healthz answers ${status}, not as a relay`, remedy);
}

/** Some certificates count for months and some for half a day: what renews them does so well before the end. */
export function judgeCertificate(
  { validFrom, validTo }: Pick<WebAnswer, 'validFrom' | 'validTo'>,
  nowMs: number,
): Finding[] {
  if (validTo === undefined || validFrom === undefined) return [];
  const leftMs = Date.parse(validTo) - nowMs;
  const lifeMs = Date.parse(validTo) - Date.parse(validFrom);
  const hours = Math.floor(leftMs / 3_600_000);
  const text = `the certificate counts for ${hours < 48 ? `${hours} more hours` : `${Math.floor(hours / 24)} more days`}`;
  const enoughMs = Math.min(CERTIFICATE_LEFT_MS_MIN, lifeMs / 5);
  if (leftMs >= enoughMs) return [ok('certificate', text)];
  return [problem('certificate', text, 'Nothing seems to renew it: look at the proxy.')];
}

function judgeDate({ headers: { date } }: WebAnswer, nowMs: number): Finding[] {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return [];
  const skewMs = Math.abs(theirs - nowMs);
  if (skewMs <= CLOCK_SKEW_MS_MAX) return [];
  const text = `this clock and that of the public address differ by ${Math.round(skewMs / 1000)} s`;
  return [problem('clock', text, 'Set both by NTP: TURN credentials are bound to the time.')];
}

/** Without it a page loads and says that the relay is out of reach. */
async function checkUpgrade(origin: string, { ca = [] }: AskOptions): Promise<Finding> {
  const key = randomBytes(16).toString('base64');
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    origin,
    'sec-websocket-key': key,
    'sec-websocket-version': '13',
  };
  const expected = createHash('sha1').update(`${key}${WEBSOCKET_GUID}`).digest('base64');
  const answer = await askWeb(`${origin}${RELAY_PATH}`, { ca, headers }).catch(() => undefined);
  if (answer?.status === 101 && answer.headers['sec-websocket-accept'] === expected) {
    return ok('websocket', 'WebSockets come through');
  }
  const text = `a WebSocket does not come through (${answer?.status ?? 'connection closed'})`;
  const remedy =
    answer?.status === 429
      ? 'The relay counts too many sockets of this address: is TRUST_PROXY right?'
      : `Let the proxy pass Upgrade and Connection for ${RELAY_PATH}, with HTTP/1.1 behind it.`;
  return problem('websocket', text, remedy);
}

/** Without it every tab downloads whole models for the few blocks that it holds. */
async function checkRange(origin: string, { ca = [] }: AskOptions): Promise<Finding> {
  const view = await askWeb(`${origin}${CATALOG_PATH}`, { ca }).then(readCatalog, () => undefined);
  if (view === undefined) {
    const remedy = `Let the proxy pass ${CATALOG_PATH} and /models/ to the relay unchanged.`;
    return problem('range', `${origin}${CATALOG_PATH} is no catalogue`, remedy);
  }
  const path = view.entries
    .filter(({ status }) => status === 'ready')
    .flatMap(({ sourceUrls }) => sourceUrls)
    .find((url) => url.startsWith('/'));
  if (path === undefined) {
    const text = 'no model of this machine is served, so ranges were not tried';
    return note('range', text, 'Verify a model and look again.');
  }
  const headers = { range: 'bytes=4-19' };
  const answer = await askWeb(`${origin}${path}`, { ca, headers }).catch(() => undefined);
  if (answer?.status === 206 && answer.body.length === 16) {
    return ok('range', 'ranges of model files come through');
  }
  const text = `16 bytes of a model were asked for; the answer is ${answer?.status ?? 'too long'}`;
  return problem(
    'range',
    text,
    'Let the proxy pass Range, and neither compress nor cache /models/.',
  );
}

function readCatalog({ status, body }: WebAnswer): CatalogView | undefined {
  if (status !== 200) return undefined;
  try {
    return parseCatalogView(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}

async function checkPage(origin: string, { ca = [] }: AskOptions): Promise<readonly Finding[]> {
  const answer = await askWeb(`${origin}/`, { ca }).catch(() => undefined);
  const header = (name: string) => [answer?.headers[name] ?? []].flat().join(', ');
  return [
    judgePolicy(origin, header('content-security-policy')),
    judgeIsolation(header('cross-origin-opener-policy'), header('cross-origin-embedder-policy')),
  ];
}

/** Both values isolate a page: https://html.spec.whatwg.org/multipage/document-sequences.html#cross-origin-isolation */
export function judgeIsolation(opener: string, embedder: string): Finding {
  const isIsolated =
    opener === 'same-origin' && (embedder === 'require-corp' || embedder === 'credentialless');
  return isIsolated
    ? ok('isolation', 'pages are isolated: the processor computes with several threads')
    : note(
        'isolation',
        'pages are not isolated: the processor computes with one thread',
        'Let the proxy pass Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy once each.',
      );
}

/** The relay's policy names the host that it was asked for; a proxy that hides it breaks more than this. */
export function judgePolicy(origin: string, policy: string): Finding {
  if (policy === '') {
    const text = 'pages come without a Content-Security-Policy';
    return problem(
      'policy',
      text,
      'Let the proxy pass the header, or set it where the site is hosted.',
    );
  }
  if (policy.includes(', ')) {
    const text = 'pages come with two Content-Security-Policies: browsers apply both';
    return problem('policy', text, 'Let the proxy add none of its own.');
  }
  const directive = (name: string) =>
    policy
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .find(([first]) => first === name);
  if (!directive('script-src')?.includes("'wasm-unsafe-eval'")) {
    const text = 'the Content-Security-Policy forbids WebAssembly';
    return problem('policy', text, "Let the proxy leave the relay's policy as it is.");
  }
  if (!directive('connect-src')?.includes(origin.replace(/^http/, 'ws'))) {
    const text = 'the relay does not see the name that people use: nobody could contribute';
    return problem('policy', text, 'Let the proxy pass the Host header unchanged.');
  }
  return ok('policy', 'the Content-Security-Policy comes through');
}
