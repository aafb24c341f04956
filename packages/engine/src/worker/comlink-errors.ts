import { ModelError, type ModelErrorCode } from '@manyhands/model/error';
import * as Comlink from 'comlink';
import { EngineError, type EngineErrorCode } from '../error.ts';

/** What a thrown value is on the wire. */
interface ThrownData {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

/** Makes errors keep their codes on their way through a worker, where both sides call it. */
export function registerErrors(): void {
  const builtIn = Comlink.transferHandlers.get('throw');
  if (builtIn === undefined) return;
  Comlink.transferHandlers.set('throw', {
    canHandle: (value): value is { value: unknown } => builtIn.canHandle(value),
    serialize: (thrown) => [describeError((thrown as { value: unknown }).value), []],
    deserialize: (data) => {
      throw reviveError(data as ThrownData);
    },
  });
}

function describeError(thrown: unknown): ThrownData {
  if (!(thrown instanceof Error)) return { name: 'Error', code: undefined, message: `${thrown}` };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  return { name: thrown.name, code, message: thrown.message };
}

/** Both sides are one build of ours, so codes are trusted to be known. */
function reviveError({ name, code, message }: ThrownData): Error {
  if (name === 'EngineError') return new EngineError(code as EngineErrorCode, message);
  if (name === 'ModelError') return new ModelError(code as ModelErrorCode, message);
  return Object.assign(new Error(message), { name });
}
