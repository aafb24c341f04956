import { t } from '../strings/language.ts';
import { formatBytes, formatCount } from './format.ts';
import { PROMPT_CHARS_MAX, PROMPT_FILE_BYTES_MAX, PROMPT_FILE_NAME_CHARS_MAX } from './limits.ts';

/** A text that goes with a message. */
export interface PromptFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly text: string;
}

/** Why a file cannot go with a message. */
export type FileProblem = 'binary' | 'empty' | 'encoding' | 'too-large' | 'unreadable';

export type FileReading =
  | { readonly file: PromptFile }
  | { readonly problem: FileProblem; readonly name: string; readonly sizeBytes: number };

/** Reads a file that a person dropped or picked; it never leaves the tab but inside a message. */
export async function readPromptFile(source: File): Promise<FileReading> {
  const name = cleanName(source.name);
  const sizeBytes = source.size;
  // Before it is read: a film must not fill the memory first.
  if (sizeBytes > PROMPT_FILE_BYTES_MAX) return { problem: 'too-large', name, sizeBytes };
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await source.arrayBuffer());
  } catch {
    // Folders arrive as files that cannot be read.
    return { problem: 'unreadable', name, sizeBytes };
  }
  const text = decodeText(bytes);
  if (typeof text !== 'string') return { problem: text.problem, name, sizeBytes };
  if (text.trim() === '') return { problem: 'empty', name, sizeBytes };
  if (text.length > PROMPT_CHARS_MAX) return { problem: 'too-large', name, sizeBytes };
  return { file: { name, sizeBytes, text } };
}

/** UTF-8, or UTF-16 that says so. Line breaks come out as the page's own. */
function decodeText(bytes: Uint8Array): string | { readonly problem: 'binary' | 'encoding' } {
  const encoding = utf16Of(bytes) ?? 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // Texts of older encodings have no zero bytes; pictures and archives have.
    return { problem: bytes.includes(0) ? 'binary' : 'encoding' };
  }
  if (CONTROLS.test(text)) return { problem: 'binary' };
  return text.replaceAll(/\r\n?/g, '\n');
}

/** What no text has; tab, line breaks and the form feed of old sources aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f\u007f]/;

function utf16Of([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** One line without what would end it or the fence below it, or turn the text around. */
export function cleanName(name: string): string {
  const clean = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}`]/gu, '').trim();
  const points = [...clean];
  if (points.length <= PROMPT_FILE_NAME_CHARS_MAX)
    return clean === '' ? t('chat.file.unnamed') : clean;
  // Its end has the kind.
  const endLength = 12;
  const head = points.slice(0, PROMPT_FILE_NAME_CHARS_MAX - endLength - 1).join('');
  return `${head}…${points.slice(-endLength).join('')}`;
}

/** The message with its files behind it, each in a fence of its own under its name. */
export function joinPrompt(text: string, files: readonly PromptFile[]): string {
  return [text.trim(), ...files.map(fenceFile)].filter((part) => part !== '').join('\n\n');
}

function fenceFile({ name, text }: PromptFile): string {
  const longest = text.match(/`{3,}/g)?.reduce((max, run) => Math.max(max, run.length), 2) ?? 2;
  const fence = '`'.repeat(longest + 1);
  const kind = /\.([a-z0-9+#]{1,12})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return `${name}:\n${fence}${kind}\n${text.replace(/\n+$/, '')}\n${fence}`;
}

/** What is wrong with a file and what helps, in a sentence. */
export function describeFileProblem(problem: FileProblem, name: string, sizeBytes: number): string {
  switch (problem) {
    case 'too-large':
      return t('chat.file.tooLarge', {
        name,
        size: formatBytes(sizeBytes),
        limit: formatCount(PROMPT_CHARS_MAX),
      });
    case 'binary':
      return t('chat.file.binary', { name });
    case 'encoding':
      return t('chat.file.encoding', { name });
    case 'empty':
      return t('chat.file.empty', { name });
    case 'unreadable':
      return t('chat.file.unreadable', { name });
    default:
      return problem satisfies never;
  }
}
