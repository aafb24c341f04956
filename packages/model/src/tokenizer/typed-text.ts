import type { TextPart } from './tokenizer.ts';

/** Renders a conversation with these message contents in place of the real ones. */
type RenderContents = (contents: readonly string[]) => string;

const PRIVATE_USE_FIRST = 0xe000;
const PRIVATE_USE_COUNT = 0x1900;
const MARKER_CHARS = 12;

/**
 * Finds where a template put the messages: renders once with unforgeable markers in their place and
 * lays the real rendering over it. What lies between the markers is the template's own text.
 * Undefined when the template treats real messages differently from markers.
 */
export function alignTemplate(
  renderContents: RenderContents,
  contents: readonly string[],
): TextPart[] | undefined {
  const markers = contents.map(createMarker);
  const marked = splitByMarkers(renderContents(markers), markers);
  const rendered = renderContents(contents);
  const parts: TextPart[] = [];
  let position = 0;
  for (let i = 0; i < marked.length; i++) {
    const piece = marked[i] as string | number;
    if (typeof piece === 'string') {
      if (!rendered.startsWith(piece, position)) return undefined;
      parts.push({ text: piece, parseSpecial: true });
      position += piece.length;
      continue;
    }
    const following = marked[i + 1];
    const text = findContent(rendered, position, contents[piece] as string, following);
    if (text === undefined) return undefined;
    parts.push({ text, parseSpecial: false });
    position += text.length;
  }
  return position === rendered.length ? parts : undefined;
}

/** The form of a message that stands here: as it is, or trimmed as many templates do. */
function findContent(
  rendered: string,
  position: number,
  content: string,
  following: string | number | undefined,
): string | undefined {
  const forms = [content, content.trim(), content.trimStart(), content.trimEnd()];
  return forms.find((form) => {
    if (!rendered.startsWith(form, position)) return false;
    const end = position + form.length;
    if (following === undefined) return end === rendered.length;
    return typeof following === 'number' || rendered.startsWith(following, end);
  });
}

/**
 * The same for templates that look into messages: each text in a message that would parse as a
 * control token becomes a marker, and after rendering typed text again. `harmless` is the rendering
 * with markers for whole messages, to compare with.
 */
export function neutraliseTyped(
  renderContents: RenderContents,
  contents: readonly string[],
  findControlTexts: (content: string) => readonly string[],
): { parts: TextPart[]; harmless: TextPart[] } {
  const controlTexts: string[] = [];
  const controlMarkers: string[] = [];
  const neutral = contents.map((content) => {
    let text = content;
    for (const control of new Set(findControlTexts(content))) {
      const marker = createMarker();
      controlTexts.push(control);
      controlMarkers.push(marker);
      text = text.replaceAll(control, marker);
    }
    return text;
  });
  const markers = contents.map(createMarker);
  return {
    parts: toParts(splitByMarkers(renderContents(neutral), controlMarkers), controlTexts),
    harmless: toParts(splitByMarkers(renderContents(markers), markers), markers),
  };
}

function toParts(pieces: readonly (string | number)[], typed: readonly string[]): TextPart[] {
  return pieces.map((piece) =>
    typeof piece === 'string'
      ? { text: piece, parseSpecial: true }
      : { text: typed[piece] as string, parseSpecial: false },
  );
}

/** Private-use characters nobody can guess, without meaning for any template or filter. */
function createMarker(): string {
  const random = crypto.getRandomValues(new Uint16Array(MARKER_CHARS));
  const codes = Array.from(random, (value) => PRIVATE_USE_FIRST + (value % PRIVATE_USE_COUNT));
  return String.fromCharCode(...codes);
}

/** A text cut at markers: text pieces, and the index of each marker between them. */
function splitByMarkers(text: string, markers: readonly string[]): (string | number)[] {
  const indexOf = new Map(markers.map((marker, index) => [marker, index]));
  const pieces: (string | number)[] = [];
  let rest = 0;
  for (let i = 0; i + MARKER_CHARS <= text.length; ) {
    const code = text.charCodeAt(i);
    const isPrivate = code >= PRIVATE_USE_FIRST && code < PRIVATE_USE_FIRST + PRIVATE_USE_COUNT;
    const index = isPrivate ? indexOf.get(text.slice(i, i + MARKER_CHARS)) : undefined;
    if (index === undefined) {
      i++;
      continue;
    }
    if (i > rest) pieces.push(text.slice(rest, i));
    pieces.push(index);
    i += MARKER_CHARS;
    rest = i;
  }
  if (rest < text.length) pieces.push(text.slice(rest));
  return pieces;
}
