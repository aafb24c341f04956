import type { SiteBuild } from './build-files.ts';
import { FACTS_MAX, FACTS_WAIT_MS, OLD_VERSIONS_MAX } from './limits.ts';

/** What a request of the site is answered from. */
export interface SiteCache {
  /** Keeps every file of this build, or rejects and keeps none. */
  install(): Promise<void>;
  /** Forgets versions that no tab should have open any more. */
  forgetOld(): Promise<void>;
  /** Undefined for what is none of its business. Decides at once, as browsers ask. */
  answer(request: Request): Answer | undefined;
}

interface Answer {
  readonly response: Promise<Response>;
  /** What goes on after the response. */
  readonly rest: Promise<unknown>;
}

export interface SiteCacheDeps {
  readonly build: SiteBuild;
  /** The address of the folder that the site is in. */
  readonly scope: string;
  readonly caches: CacheStorage;
  readonly fetch: typeof fetch;
}

const VERSIONS = 'manyhands-site-';
const FACTS = 'manyhands-facts';

/** Of the relay and of models. Fetched anew where there is a network; no text and no weights among them. */
const FACT = /^(site\.json|catalog\.json|models\/[0-9a-f]{64}\/manifest\.json)$/;
/** Names with a hash in them, so that what was kept under one is right for every version. */
const HASHED = /^assets\/[^/]+-[\w-]{8}\.(js|css)$/;

export function createSiteCache({ build, scope, caches, fetch }: SiteCacheDeps): SiteCache {
  const mine = VERSIONS + build.version;
  const hashes = new Map(build.files.map(({ path, sha256 }) => [path, sha256]));
  const addressOf = (path: string): string => new URL(path, scope).href;

  /** A file of this build, and no other one: a server may be in the middle of an update. */
  async function fetchIntact(path: string): Promise<Response> {
    const response = await fetch(addressOf(path), {
      cache: HASHED.test(path) ? 'default' : 'no-cache',
    });
    const sha256 = hashes.get(path);
    if (!response.ok || (await digest(response.clone())) !== sha256) {
      throw new Error(`${path === '' ? 'The page' : path} is not of this version.`);
    }
    return response.redirected ? new Response(response.body, response) : response;
  }

  /** Not made again: the person may just have deleted everything, and this worker lives until its tabs close. */
  async function openMine(): Promise<Cache | undefined> {
    return (await caches.has(mine)) ? caches.open(mine) : undefined;
  }

  async function keep(path: string, cache: Cache): Promise<void> {
    const known = HASHED.test(path) ? await caches.match(addressOf(path)) : undefined;
    const isIntact = known !== undefined && (await digest(known.clone())) === hashes.get(path);
    await cache.put(addressOf(path), isIntact ? known : await fetchIntact(path));
  }

  /** Of this version if it has it, or of the one that the asking tab was opened with. */
  async function findFile(path: string): Promise<Response | undefined> {
    const own = await caches.match(addressOf(path), { cacheName: mine });
    return own ?? (HASHED.test(path) ? caches.match(addressOf(path)) : undefined);
  }

  async function answerFile(path: string, request: Request): Promise<Response> {
    const kept = await findFile(path);
    if (kept !== undefined) return kept;
    const response = await fetch(request);
    // Workers, once somebody used them.
    if (response.ok && response.type === 'basic' && HASHED.test(path) && !isPage(response)) {
      await (await openMine())?.put(addressOf(path), response.clone()).catch(noRoom);
    }
    return response;
  }

  /** Its headers may have changed without its bytes: they say whom the page may connect to. */
  async function renewPage(): Promise<void> {
    try {
      const cache = await openMine();
      if (cache !== undefined) await cache.put(addressOf(''), await fetchIntact(''));
    } catch {
      // Offline, or a newer version is there, which the browser finds by itself.
    }
  }

  /** Only the answer's beginning is waited for: how long all of it takes is the page's business. */
  async function fetchSoon(request: Request): Promise<Response> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), FACTS_WAIT_MS);
    try {
      return await fetch(request, { signal: AbortSignal.any([request.signal, abort.signal]) });
    } finally {
      clearTimeout(timer);
    }
  }

  async function answerFact(request: Request): Promise<Response> {
    const cache = await caches.open(FACTS);
    try {
      const response = await fetchSoon(request);
      if (response.ok) await keepFact(cache, request.url, response.clone()).catch(noRoom);
      return response;
    } catch (cause) {
      const kept = await cache.match(request.url);
      if (kept === undefined) throw cause;
      return kept;
    }
  }

  return {
    async install() {
      const cache = await caches.open(mine);
      try {
        await Promise.all(build.files.map(({ path }) => keep(path, cache)));
      } catch (cause) {
        await caches.delete(mine);
        throw cause;
      }
    },
    async forgetOld() {
      const names = (await caches.keys()).filter(
        (name) => name.startsWith(VERSIONS) && name !== mine,
      );
      const old = names.slice(0, Math.max(0, names.length - OLD_VERSIONS_MAX));
      await Promise.all(old.map((name) => caches.delete(name)));
    },
    answer(request) {
      const path = pathIn(scope, request);
      if (path === undefined) return undefined;
      if (request.mode === 'navigate') {
        if (path !== '' && path !== 'index.html') return undefined;
        return { response: answerFile('', request), rest: renewPage() };
      }
      const isFile = HASHED.test(path) || (path !== '' && hashes.has(path));
      if (isFile) return { response: answerFile(path, request), rest: Promise.resolve() };
      return FACT.test(path)
        ? { response: answerFact(request), rest: Promise.resolve() }
        : undefined;
    },
  };
}

/** Where a request goes inside the site's folder; undefined for everything else. */
function pathIn(scope: string, { url, method }: Request): string | undefined {
  const [address = ''] = url.split(/[?#]/, 1);
  return method === 'GET' && address.startsWith(scope) ? address.slice(scope.length) : undefined;
}

async function keepFact(cache: Cache, url: string, response: Response): Promise<void> {
  await cache.delete(url);
  await cache.put(url, response);
  const kept = await cache.keys();
  const old = kept.slice(0, Math.max(0, kept.length - FACTS_MAX));
  await Promise.all(old.map((request) => cache.delete(request)));
}

/** Some servers answer with it for a file that is not there, and say that it is well. */
function isPage({ headers }: Response): boolean {
  return headers.get('Content-Type')?.startsWith('text/html') === true;
}

async function digest(response: Response): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A full disk loses only the copy. */
function noRoom(): void {}
