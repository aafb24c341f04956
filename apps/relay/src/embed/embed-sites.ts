import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { RelayError } from '../error.ts';
import {
  EMBED_CHECK_MS,
  EMBED_ORIGINS_MAX,
  EMBED_PROMPTS_PER_MINUTE,
  EMBED_SITES_MAX,
  EMBED_VOLUNTEERS,
} from '../limits.ts';
import type { RelayLog } from '../log.ts';

/** Of a relay that is open to every site. */
export const OPEN_KEY = 'open';

/** Goes into a header as it stands, so nothing but an origin may get through. */
const Origin = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/, 'an origin like https://blog.example'),
);
const Count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000));
const EmbedSite = v.strictObject({
  /** What the page writes into the widget's `key`: public, since browsers bind it to its origins. */
  key: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'up to 64 of a-z, 0-9 and -, e.g. my-blog'),
  ),
  /** Pages that may show the frame. */
  origins: v.pipe(v.array(Origin), v.minLength(1), v.maxLength(EMBED_ORIGINS_MAX)),
  /** Tabs that may contribute from there at a time. */
  volunteersMax: v.optional(Count, EMBED_VOLUNTEERS),
  promptsPerMinute: v.optional(Count, EMBED_PROMPTS_PER_MINUTE),
  isRevoked: v.optional(v.boolean(), false),
});
export type EmbedSite = v.InferOutput<typeof EmbedSite>;

const OPEN_SITE: EmbedSite = {
  key: OPEN_KEY,
  origins: ['*'],
  volunteersMax: EMBED_VOLUNTEERS,
  promptsPerMinute: EMBED_PROMPTS_PER_MINUTE,
  isRevoked: false,
};

const SiteList = v.strictObject({
  sites: v.pipe(
    v.array(EmbedSite),
    v.maxLength(EMBED_SITES_MAX),
    v.check(
      (sites) => new Set(sites.map(({ key }) => key)).size === sites.length,
      'keys once each',
    ),
  ),
});

/** Who may embed the widget, as the operator has it now. */
export interface EmbedSites {
  /** A site that is listed and not revoked. */
  get(key: string): EmbedSite | undefined;
  dispose(): void;
}

/**
 * `undefined`: nobody may embed. `*`: every site, together within one site's caps. Else the path of a
 * list, which is followed: `onChange` runs after each change. Throws `bad-setting`.
 */
export async function openEmbedSites(
  setting: string | undefined,
  { log, onChange }: { readonly log: RelayLog; onChange(): void },
): Promise<EmbedSites> {
  if (setting === undefined || setting === '*') {
    const open = setting === undefined ? undefined : OPEN_SITE;
    return { get: (key) => (key === OPEN_KEY ? open : undefined), dispose() {} };
  }
  let sites = await readSites(setting);
  const reread = async () => {
    try {
      sites = await readSites(setting);
      log.info('embed-sites-read', { sites: sites.size });
    } catch {
      // Half of an edit must not lock everybody out; what counted goes on to count.
      log.error('embed-sites-unreadable', { file: setting });
      return;
    }
    onChange();
  };
  const listener = () => void reread();
  // Looked at by time: editors that replace a file would escape a watch on its inode.
  watchFile(setting, { interval: EMBED_CHECK_MS }, listener);
  return {
    get(key) {
      const site = sites.get(key);
      return site?.isRevoked ? undefined : site;
    },
    dispose: () => unwatchFile(setting, listener),
  };
}

async function readSites(file: string): Promise<ReadonlyMap<string, EmbedSite>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new RelayError('bad-setting', `EMBED_SITES names ${file}, which is no readable JSON.`, {
      cause,
    });
  }
  const result = v.safeParse(SiteList, value);
  if (!result.success) {
    const [issue] = result.issues;
    const where = v.getDotPath(issue) ?? 'its form';
    throw new RelayError('bad-setting', `EMBED_SITES: ${where} in ${file}: ${issue.message}`);
  }
  return new Map(result.output.sites.map((site) => [site.key, site]));
}
