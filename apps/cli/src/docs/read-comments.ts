/** What the sources of the protocol say about their schemas: schemas themselves carry no words. */
export interface SourceComments {
  /** By name of a constant. */
  readonly declarations: ReadonlyMap<string, string>;
  /** By `type` or `kind` of a message. */
  readonly messages: ReadonlyMap<string, MessageComments>;
}

export interface MessageComments {
  readonly text: string;
  readonly fields: ReadonlyMap<string, string>;
}

const COMMENT = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*/;
const DECLARATION = new RegExp(`${COMMENT.source}(?:export )?const (\\w+)`, 'g');
const OBJECT = new RegExp(
  `(?:${COMMENT.source})?(?:(?:export )?const (\\w+) = )?(?:v\\.pipe\\(\\s*)?v\\.strictObject\\(\\{`,
  'g',
);
const FIELD = new RegExp(`${COMMENT.source}(\\w+):`, 'g');
const NAME = /^\s*(?:type|kind): v\.literal\('([\w-]+)'\)/;

export function readComments(source: string): SourceComments {
  const declarations = new Map<string, string>();
  for (const [, comment = '', name = ''] of source.matchAll(DECLARATION)) {
    declarations.set(name, plain(comment));
  }
  const messages = new Map<string, MessageComments>();
  for (const match of source.matchAll(OBJECT)) {
    const [opening, comment = '', constant = ''] = match;
    const body = bodyOf(source, match.index + opening.length);
    const name = NAME.exec(body)?.[1] ?? constant;
    const fields = new Map<string, string>();
    for (const [, text = '', field = ''] of withoutNested(body).matchAll(FIELD)) {
      fields.set(field, plain(text));
    }
    if (name !== '') messages.set(name, { text: plain(comment), fields });
  }
  return { declarations, messages };
}

/** Up to the brace that closes the one before `start`. */
function bodyOf(source: string, start: number): string {
  let depth = 1;
  let at = start;
  for (; at < source.length && depth > 0; at += 1) {
    if (source[at] === '{') depth += 1;
    if (source[at] === '}') depth -= 1;
  }
  return source.slice(start, at - 1);
}

/** Fields of objects inside are not this one's. */
function withoutNested(body: string): string {
  let text = '';
  let depth = 0;
  for (const character of body) {
    if (character === '}') depth -= 1;
    if (depth === 0) text += character;
    if (character === '{') depth += 1;
  }
  return text;
}

/** One line without the stars. */
function plain(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .filter(Boolean)
    .join(' ');
}
