import { RelayOrigin } from '@manyhands/protocol/relay-message';
import * as v from 'valibot';
import { FACT_CHARS_MAX, FACTS_TIMEOUT_MS } from './limits.ts';

const Text = v.pipe(v.string(), v.minLength(1), v.maxLength(FACT_CHARS_MAX));
const Page = v.pipe(Text, v.regex(/^https:\/\/[^\s"'<>]+$/));
const Contact = v.union([Page, v.pipe(Text, v.regex(/^mailto:[^\s"'<>@]+@[^\s"'<>@]+$/))]);

/** Operators write this by hand: what is not known here is passed over, what is wrong voids the rest. */
const SiteFacts = v.object({
  /** Who runs this site; what is missing is not shown. */
  operator: v.optional(
    v.object({
      name: v.optional(Text),
      contact: v.optional(Contact),
      terms: v.optional(Page),
    }),
  ),
  /** Where relay, catalogue and models are, when another host serves the site's files. */
  relay: v.optional(RelayOrigin),
});
export type SiteFacts = v.InferOutput<typeof SiteFacts>;

/** Where a relay, or a file on a static host, says it: beside the page. */
const SITE_FACTS_PATH = 'site.json';

/** What this installation says about itself; nothing where it says nothing or cannot be understood. */
export async function readSiteFacts(read: typeof fetch): Promise<SiteFacts> {
  try {
    const signal = AbortSignal.timeout(FACTS_TIMEOUT_MS);
    const response = await read(SITE_FACTS_PATH, { signal, cache: 'no-cache' });
    if (!response.ok) return {};
    const result = v.safeParse(SiteFacts, await response.json());
    return result.success ? result.output : {};
  } catch {
    // Out of reach: the page shows elsewhere that its relay is.
    return {};
  }
}
