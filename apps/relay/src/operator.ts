import * as v from 'valibot';
import { RelayError } from './error.ts';
import { OPERATOR_TEXT_LENGTH_MAX } from './limits.ts';

/** Who runs an installation; what is not set is not shown. */
export interface Operator {
  readonly name?: string;
  /** A page, or `mailto:` with an address. */
  readonly contact?: string;
  /** A page with the terms of use. */
  readonly terms?: string;
}

const Text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(OPERATOR_TEXT_LENGTH_MAX));
/** Links that a site may show without a thought: no scripts, nothing plain. */
const Page = v.pipe(Text, v.regex(/^https:\/\/[^\s"'<>]+$/));
const Contact = v.union([Page, v.pipe(Text, v.regex(/^mailto:[^\s"'<>@]+@[^\s"'<>@]+$/))]);

/** Reads `OPERATOR_NAME`, `OPERATOR_CONTACT` and `OPERATOR_TERMS`. Throws `bad-setting`. */
export function readOperator(env: Readonly<Record<string, string | undefined>>): Operator {
  const name = read(env, 'OPERATOR_NAME', Text, `up to ${OPERATOR_TEXT_LENGTH_MAX} characters`);
  const contact = read(env, 'OPERATOR_CONTACT', Contact, 'https://... or mailto:somebody@...');
  const terms = read(env, 'OPERATOR_TERMS', Page, 'https://...');
  return { ...(name && { name }), ...(contact && { contact }), ...(terms && { terms }) };
}

function read(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  schema: v.GenericSchema<unknown, string>,
  wanted: string,
): string | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const result = v.safeParse(schema, text);
  if (result.success) return result.output;
  throw new RelayError('bad-setting', `${name} is "${text}": write ${wanted}.`);
}
