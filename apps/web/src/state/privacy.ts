/** Shown next to every input; the wording is the project's promise, see its design notes on trust. */
export const PRIVACY_SENTENCE =
  "Strangers' computers run parts of the model on your text. The relay can't read it. The people running the layers could reconstruct it, and see your IP address. Don't enter anything you wouldn't post in public.";

/** For who shows no address to other tabs. */
export const RELAY_ONLY_PRIVACY_SENTENCE =
  "Strangers' computers run parts of the model on your text. The relay can't read it, but sees your IP address. The people running the layers don't see your address; they could reconstruct the text. Don't enter anything you wouldn't post in public.";
