import { ModelError } from './error.ts';
import type { TextPart, Tokenizer } from './tokenizer/tokenizer.ts';
import { alignTemplate, neutraliseTyped } from './tokenizer/typed-text.ts';

/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ChatTemplateOptions {
  readonly bosToken: string;
  readonly eosToken: string;
  /** Ends with what makes the model answer rather than write the next question. */
  readonly addGenerationPrompt: boolean;
}

/** UTF-16 units; the longest templates in use (tools, citations) have about 20,000. */
const CHAT_TEMPLATE_CHARS_MAX = 1 << 17;
const CHAT_MESSAGES_MAX = 4096;
const ROLES: readonly string[] = ['system', 'user', 'assistant'];

const CHATML_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + " +
  "message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const PLAIN_TEMPLATE =
  "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ 'assistant:' }}{% endif %}";

/**
 * The template to use: the file's own; without one ChatML where the vocabulary has `<|im_start|>`,
 * else `role: content`, a line each.
 */
export function chooseChatTemplate(tokenizer: Tokenizer, template: string | undefined): string {
  if (template !== undefined) return template;
  const isChatMl = tokenizer.specialId('<|im_start|>') !== undefined;
  return isChatMl ? CHATML_TEMPLATE : PLAIN_TEMPLATE;
}

/**
 * The text a template makes of a conversation. To get token ids use `encodeChat`: in this text what
 * people typed can no longer be told from the template's control tokens.
 */
export async function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions,
): Promise<string> {
  const render = await loadTemplate(template);
  return render(checkMessages(messages), options);
}

/**
 * Token ids of a conversation, with BOS where the file asks for it. Only control tokens that the
 * template wrote become control tokens; the same characters inside a message stay text.
 */
export async function encodeChat(
  tokenizer: Tokenizer,
  template: string | undefined,
  messages: readonly ChatMessage[],
  options: {
    addGenerationPrompt?: boolean;
    /** What the answer begins with; it is text, as everything people typed. */
    answerStart?: string;
  } = {},
): Promise<Uint32Array> {
  const source = chooseChatTemplate(tokenizer, template);
  const render = await loadTemplate(source);
  const { bosId, eosId } = tokenizer;
  const context: ChatTemplateOptions = {
    bosToken: bosId === undefined ? '' : tokenizer.tokenText(bosId),
    eosToken: eosId === undefined ? '' : tokenizer.tokenText(eosId),
    addGenerationPrompt: options.addGenerationPrompt ?? true,
  };
  const renderContents = (contents: readonly string[]) => {
    const turns = messages.map(({ role }, i) => ({ role, content: contents[i] as string }));
    return render(turns, context);
  };
  const contents = checkMessages(messages).map((message) => message.content);
  const written =
    alignTemplate(renderContents, contents) ??
    renderNeutralised(tokenizer, renderContents, contents);
  const { answerStart = '' } = options;
  const parts =
    answerStart === '' ? written : [...written, { text: answerStart, parseSpecial: false }];
  const ids = tokenizer.encodeParts(parts);
  // Many templates write BOS themselves; two of them would be a prompt the model never saw.
  const needsBos = tokenizer.addsBos && bosId !== undefined && ids[0] !== bosId;
  return needsBos ? tokenizer.encodeParts(parts, { addBos: true }) : ids;
}

/**
 * For templates that cut or rewrite messages (`content.split('</think>')`): control tokens in the
 * messages are replaced before rendering. Refused when the result still holds other control tokens
 * than the template writes around harmless messages.
 */
function renderNeutralised(
  tokenizer: Tokenizer,
  renderContents: (contents: readonly string[]) => string,
  contents: readonly string[],
): readonly TextPart[] {
  const controlIds = (parts: readonly TextPart[]) =>
    [...tokenizer.encodeParts(parts)].filter((id) => tokenizer.isControl(id)).join();
  const { parts, harmless } = neutraliseTyped(renderContents, contents, (text) =>
    [...tokenizer.encode(text, { parseSpecial: true })].flatMap((id) =>
      tokenizer.isControl(id) ? [tokenizer.tokenText(id)] : [],
    ),
  );
  if (controlIds(parts) === controlIds(harmless)) return parts;
  throw new ModelError(
    'bad-chat-template',
    "This model's chat template rewrites messages so that text in them could act as control tokens. " +
      'Remove texts like <|im_end|> from the message, or use a model with a simpler template.',
  );
}

function checkMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (messages.length > CHAT_MESSAGES_MAX) {
    throw new ModelError(
      'bad-chat-template',
      `The conversation has ${messages.length} messages; at most ${CHAT_MESSAGES_MAX} are rendered.`,
    );
  }
  // A role goes into the template's own text, so it must not be something people typed.
  const odd = messages.find(({ role }) => !ROLES.includes(role));
  if (odd === undefined) return messages;
  throw new ModelError(
    'bad-chat-template',
    `The role ${JSON.stringify(odd.role)} is not one of ${ROLES.join(', ')}.`,
  );
}

type Render = (messages: readonly ChatMessage[], options: ChatTemplateOptions) => string;

/** The only user of `@huggingface/jinja`, which is its own chunk: `--raw` prompts never load it. */
async function loadTemplate(source: string): Promise<Render> {
  if (source.length > CHAT_TEMPLATE_CHARS_MAX) {
    throw new ModelError(
      'bad-chat-template',
      `The chat template has ${source.length} characters; at most ${CHAT_TEMPLATE_CHARS_MAX} are read.`,
    );
  }
  const { Template } = await import('@huggingface/jinja');
  const template = guard(() => new Template(source));
  return (messages, options) =>
    guard(() =>
      template.render({
        messages: messages.map(({ role, content }) => ({ role, content })),
        bos_token: options.bosToken,
        eos_token: options.eosToken,
        add_generation_prompt: options.addGenerationPrompt,
      }),
    );
}

/** Templates come from model files, and some refuse a conversation by `raise_exception`. */
function guard<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(
      'bad-chat-template',
      `The model's chat template fails: ${reason}. Change the conversation, or use it without one.`,
      { cause },
    );
  }
}
