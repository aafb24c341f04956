import { MESSAGE_VERSION, MODES, THEMES, type ToFrame } from '@manyhands/widget/messages';
import * as v from 'valibot';

const manyhands = v.literal(MESSAGE_VERSION);

/** What a page may say to the frame; anything else is not heard. */
const HostMessage = v.variant('type', [
  v.strictObject({
    manyhands,
    type: v.literal('configure'),
    mode: v.picklist(MODES),
    theme: v.picklist(THEMES),
    lang: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{2,35}$/)),
    model: v.nullable(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/))),
  }),
  v.strictObject({ manyhands, type: v.literal('stop') }),
]);

export function parseHostMessage(data: unknown): ToFrame | undefined {
  const result = v.safeParse(HostMessage, data);
  return result.success ? result.output : undefined;
}
