import * as v from 'valibot';
import { ManyhandsError } from '../error.ts';

/**
 * Parses a request's parameters. What is `null` counts as left out, as OpenAI's API has it, and so does
 * what asks for exactly what happens anyway (`neutral`); any other name that the schema lacks is refused.
 */
export function readRequest<Schema extends v.GenericSchema>(
  schema: Schema,
  body: unknown,
  neutral: Readonly<Record<string, readonly unknown[]>> = {},
): v.InferOutput<Schema> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ManyhandsError('invalid-request', 'A request is an object of parameters.');
  }
  const isNeutral = (name: string, value: unknown): boolean =>
    Object.hasOwn(neutral, name) &&
    (neutral[name] ?? []).some((each) => JSON.stringify(each) === JSON.stringify(value));
  const given = Object.fromEntries(
    Object.entries(withoutNull(body)).filter(([name, value]) => !isNeutral(name, value)),
  );
  const parsed = v.safeParse(schema, given, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const param = v.getDotPath(issue) ?? undefined;
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const message = `${param} is not supported: leave it out. Nothing is ignored silently.`;
    throw new ManyhandsError('unsupported-parameter', message, { param });
  }
  throw new ManyhandsError('invalid-request', `${param ?? 'The request'}: ${issue.message}.`, {
    param,
  });
}

/** The same without properties that say nothing; text parts and messages included. */
function withoutNull(value: unknown): object {
  const entries = Object.entries(value as object)
    .filter(([, each]) => each !== null && each !== undefined)
    .map(([name, each]) => [name, plain(each)]);
  return Object.fromEntries(entries);
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'object' && value !== null ? withoutNull(value) : value;
}
