import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as directory from '@manyhands/protocol/directory';
import * as ids from '@manyhands/protocol/id';
import * as limits from '@manyhands/protocol/limits';
import * as peerMessages from '@manyhands/protocol/peer-message';
import * as placementWhy from '@manyhands/protocol/placement-why';
import * as relayMessages from '@manyhands/protocol/relay-message';
import { Signal } from '@manyhands/protocol/signal';
import { MESSAGE_SINCE, PROTOCOL_VERSIONS } from '@manyhands/protocol/version';
import { describeSchema, isSchema, type NameOf, type SchemaNode } from './describe-schema.ts';
import { readComments, type SourceComments } from './read-comments.ts';

const SOURCES = [
  'id',
  'directory',
  'placement-why',
  'relay-message',
  'peer-message',
  'signal',
  'limits',
  'version',
] as const;
type Source = (typeof SOURCES)[number];

/** Conversations: every message that one side may send the other. */
const CONVERSATIONS: readonly [title: string, text: string, source: Source, union: unknown][] = [
  [
    'Tab to relay',
    'JSON texts on the WebSocket `/relay`. The first is `hello`.',
    'relay-message',
    relayMessages.ToRelay,
  ],
  [
    'Relay to tab',
    'Answers and news on the same socket. The first is `challenge`.',
    'relay-message',
    relayMessages.FromRelay,
  ],
  [
    'Signals',
    'What `signal-to` and `signal-from` carry, sealed to the key of the receiving tab: the relay cannot read it.',
    'signal',
    Signal,
  ],
  [
    'Tab to tab',
    'JSON texts on the control channel of a link. The first are `link-hello` and `link-proof`, from both sides.',
    'peer-message',
    peerMessages.PeerMessage,
  ],
];

const INTRODUCTION = `# The protocol

Made from the schemas in \`packages/protocol\` by \`npm run docs\`: change it there. A test fails when this file is
old. Version ${PROTOCOL_VERSIONS.min === PROTOCOL_VERSIONS.max ? PROTOCOL_VERSIONS.max : `${PROTOCOL_VERSIONS.min} to ${PROTOCOL_VERSIONS.max}`}.

Every message is a JSON object with exactly the fields given here: one more, one less or one out of its bounds makes
it malformed, and it is refused whole. Both sides say which versions they speak and use the highest common one.
[ARCHITECTURE.md](../ARCHITECTURE.md) says what happens when.
`;

/** The list in the comment of `PROTOCOL_VERSIONS`, with what follows from it. */
function describeVersions(comments: SourceComments | undefined): string {
  const [, ...versions] = (comments?.declarations.get('PROTOCOL_VERSIONS') ?? '').split(
    / (?=\d+: )/,
  );
  const lines = versions.map((version) => `- ${version.replace(/^\d+/, '**$&**')}\n`);
  return `## Versions

Version N talks to N-1: an old tab to a new relay and to new tabs, a new tab to an old relay. What a version adds
crosses only sockets that chose it; a message that is sent nevertheless counts as malformed. Of two that have no
version in common the older one has to be updated: a page is told \`version\` and to reload, or \`relay-outdated\` and
that the operator can help.

${lines.join('')}`;
}

const FRAMES = `## Frames

Tensors travel in binary: a header of 52 bytes, little-endian, and the payload.

| bytes | field |
|---|---|
| 0-3 | \`MHFR\` |
| 4 | version of the frame, 1 |
| 5 | kind: 0 tokens, 1 hidden, 2 candidates, 3 vectors |
| 6 | type of the numbers: 0 none, 1 f32, 2 f16, 3 q8 |
| 7 | 1 where the frame is replay |
| 8-23 | session |
| 24-27 | epoch |
| 28-31 | step |
| 32-35 | position of the first token |
| 36-37 | number of tokens |
| 38-39 | last rows whose candidates are wanted, or are there |
| 40-43 | width: hidden size, candidates a row, dimension of a vector, 0 for tokens |
| 44-47 | bytes of the payload |
| 48-51 | CRC-32 of everything else |

What a tunnel carries through the relay is 16 bytes of tunnel id and an AES-GCM ciphertext with its tag.
`;

/** The reference of everything that crosses a wire, as Markdown. */
export async function writeProtocolDocument(repositoryRoot: string): Promise<string> {
  const comments = new Map<Source, SourceComments>();
  for (const source of SOURCES) {
    const path = join(repositoryRoot, 'packages/protocol/src', `${source}.ts`);
    comments.set(source, readComments(await readFile(path, 'utf8')));
  }
  const parts = collectParts();
  const nameOf: NameOf = (schema) => parts.get(schema)?.name;
  const conversations = CONVERSATIONS.map(([title, text, source, union]) => {
    const messages = optionsOf(union).map((message) =>
      describeMessage(message, comments.get(source), nameOf),
    );
    return `## ${title}\n\n${text}\n\n${messages.join('\n')}`;
  });
  const partLines = [...parts].map(([schema, { name, source }]) =>
    describePart(name, schema, comments.get(source), nameOf),
  );
  return [
    INTRODUCTION,
    describeVersions(comments.get('version')),
    ...conversations,
    FRAMES,
    `## Parts\n\n${partLines.join('\n')}`,
    `## Limits\n\n${describeLimits(comments.get('limits'))}`,
  ].join('\n');
}

/** Schemas that are exported and no messages: each gets a section that others refer to. */
function collectParts(): Map<SchemaNode, { name: string; source: Source }> {
  const unions = CONVERSATIONS.map(([, , , union]) => union);
  const messages = new Set<unknown>([...unions, ...unions.flatMap(optionsOf)]);
  const parts = new Map<SchemaNode, { name: string; source: Source }>();
  const modules = {
    id: ids,
    directory,
    'placement-why': placementWhy,
    'peer-message': peerMessages,
    'relay-message': relayMessages,
  };
  for (const [source, module] of Object.entries(modules)) {
    // Bundlers do not agree on the order of a module's names.
    const exported = Object.entries(module).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, value] of exported) {
      if (isSchema(value) && !messages.has(value) && !parts.has(value)) {
        parts.set(value, { name, source: source as Source });
      }
    }
  }
  return parts;
}

function optionsOf(union: unknown): SchemaNode[] {
  return isSchema(union) ? (union.options ?? []).filter(isSchema) : [];
}

function describeMessage(
  schema: SchemaNode,
  comments: SourceComments | undefined,
  nameOf: NameOf,
): string {
  const { type, ...fields } = entriesOf(schema);
  const name = String(type?.literal);
  const words = comments?.messages.get(name);
  const since = Object.entries(MESSAGE_SINCE).find(([type]) => type === name)?.[1];
  const sentences = [words?.text, since === undefined ? '' : `Since version ${since}.`];
  const text = sentences.filter(Boolean).join(' ');
  return `### \`${name}\`\n${text && `\n${text}\n`}${fieldTable(fields, words?.fields, nameOf)}`;
}

function describePart(
  name: string,
  schema: SchemaNode,
  comments: SourceComments | undefined,
  nameOf: NameOf,
): string {
  const text = comments?.declarations.get(name);
  const words = text ? `\n${text}\n` : '';
  const fields = entriesOf(schema);
  if (Object.keys(fields).length > 0) {
    const table = fieldTable(fields, comments?.messages.get(name)?.fields, nameOf);
    return `### ${name}\n${words}${table}`;
  }
  const kinds = optionsOf(schema.pipe?.[0] ?? schema);
  if (kinds.length > 0) {
    return `### ${name}\n${words}${kinds.map((kind) => describeKind(kind, comments, nameOf)).join('')}`;
  }
  return `### ${name}\n${words}\n${describeSchema(schema, nameOf, true)}\n`;
}

/** One of several forms of a part. */
function describeKind(
  schema: SchemaNode,
  comments: SourceComments | undefined,
  nameOf: NameOf,
): string {
  const fields = entriesOf(schema);
  const words = comments?.messages.get(String(fields.kind?.literal));
  const text = words?.text ? `\n${words.text}\n` : '';
  return `${text}${fieldTable(fields, words?.fields, nameOf)}`;
}

/** Fields of an object, also of one with a check behind it. */
function entriesOf(schema: SchemaNode): Readonly<Record<string, SchemaNode>> {
  return schema.entries ?? schema.pipe?.[0]?.entries ?? {};
}

function fieldTable(
  fields: Readonly<Record<string, SchemaNode>>,
  words: ReadonlyMap<string, string> | undefined,
  nameOf: NameOf,
): string {
  const rows = Object.entries(fields).map(
    ([name, schema]) =>
      `| \`${name}\` | ${describeSchema(schema, nameOf)} | ${cell(words?.get(name) ?? '')} |\n`,
  );
  return rows.length === 0 ? '' : `\n| field | is | |\n|---|---|---|\n${rows.join('')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function describeLimits(comments: SourceComments | undefined): string {
  const rows = Object.entries(limits).map(
    ([name, value]) =>
      `| \`${name}\` | ${Number(value).toLocaleString('en-GB')} | ${cell(comments?.declarations.get(name) ?? '')} |\n`,
  );
  return `| name | value | |\n|---|---|---|\n${rows.sort().join('')}`;
}
