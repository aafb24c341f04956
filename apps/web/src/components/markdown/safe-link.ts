const PROTOCOLS: readonly string[] = ['http:', 'https:', 'mailto:'];

/**
 * The address of a link an answer may have, or `undefined`: only absolute http, https and mailto.
 * Addresses with a user name (`https://bank.example@evil.example`) exist to deceive.
 */
export function safeHref(href: string): string | undefined {
  // Relative addresses do not parse: they would point into this site.
  if (!URL.canParse(href)) return undefined;
  const url = new URL(href);
  if (!PROTOCOLS.includes(url.protocol) || url.username !== '' || url.password !== '') {
    return undefined;
  }
  return url.href;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

/** Markdown leaves entities to the browser's HTML parser, which text nodes never pass. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,4}));/g, decodeEntity);
}

function decodeEntity(entity: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name] ?? entity;
  const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  const isCharacter = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  return isCharacter ? String.fromCodePoint(point) : '\ufffd';
}
