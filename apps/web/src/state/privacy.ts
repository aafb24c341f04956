import type { Tier } from './tiers.ts';

/** Shown next to every input; the wording is the project's promise, see its design notes on trust. */
export const PRIVACY_SENTENCE =
  "Strangers' computers run parts of the model on your text. The relay can't read it. The people running the layers could reconstruct it, and see your IP address. Don't enter anything you wouldn't post in public.";

/** For who shows no address to other tabs. */
export const RELAY_ONLY_PRIVACY_SENTENCE =
  "Strangers' computers run parts of the model on your text. The relay can't read it, but sees your IP address. The people running the layers don't see your address; they could reconstruct the text. Don't enter anything you wouldn't post in public.";

/** Among the members of a circle. */
export const CIRCLE_PRIVACY_SENTENCE =
  "Only computers of this circle's members run parts of the model on your text. The members running the layers could reconstruct it, and see your IP address. Nobody outside the circle can read it; the relay can't either, but sees your address. Whoever was given the invitation is a member.";

export const RELAY_ONLY_CIRCLE_PRIVACY_SENTENCE =
  "Only computers of this circle's members run parts of the model on your text. The members running the layers could reconstruct it, but don't see your IP address. Nobody outside the circle can read it; the relay can't either, but sees your address. Whoever was given the invitation is a member.";

/** This tab alone. */
export const LOCAL_PRIVACY_SENTENCE =
  "The model runs in this tab alone. Your text stays on this computer: no connection to the relay or to other tabs is open. Only the model's own files are downloaded, unless this browser has them already.";

/** What is at stake, before the first message. */
export function privacySentence(tier: Tier, isRelayOnly: boolean): string {
  switch (tier) {
    case 'local':
      return LOCAL_PRIVACY_SENTENCE;
    case 'circle':
      return isRelayOnly ? RELAY_ONLY_CIRCLE_PRIVACY_SENTENCE : CIRCLE_PRIVACY_SENTENCE;
    case 'public':
      return isRelayOnly ? RELAY_ONLY_PRIVACY_SENTENCE : PRIVACY_SENTENCE;
    default:
      return tier satisfies never;
  }
}
