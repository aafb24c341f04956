import { HEAD_ROWS_MAX } from '../../limits.ts';
import type { KernelName, Kernels } from '../kernels.ts';

/** A number or a boolean for each parameter of a kernel. */
export type KernelArguments<K extends KernelName> = Parameters<Kernels[K]>;

/** Calls of kernels that one thread makes in order, kept as numbers: another thread can read them. */
export interface CallList {
  add(kernel: KernelName, args: readonly (number | boolean)[]): void;
  /** Makes the calls and forgets them, also where one throws. */
  run(): void;
}

/** The longest rounds have a call for each head row, and a few more. */
const CALLS_MAX = HEAD_ROWS_MAX + 24;
/** `placeHeads` has as many. */
const ARGUMENTS_MAX = 14;
const CALL_NUMBERS = 1 + ARGUMENTS_MAX;

/** f64 numbers of a list: how many calls, then a kernel and its arguments for each. */
export const LIST_NUMBERS = 1 + CALLS_MAX * CALL_NUMBERS;

type AnyKernel = (...args: (number | undefined)[]) => unknown;

/** A list in `numbers`, of kernels of this thread's instance: they are numbered alike in all. */
export function createCallList(kernels: Kernels, numbers: Float64Array): CallList {
  const names = Object.keys(kernels);
  const indexes = new Map(names.map((name, index) => [name, index]));
  const functions = Object.values(kernels) as AnyKernel[];
  return {
    add(kernel, args) {
      const count = numbers[0] as number;
      if (count === CALLS_MAX) throw new RangeError('too many calls for one list');
      let at = 1 + count * CALL_NUMBERS;
      numbers[at] = indexes.get(kernel) as number;
      for (const argument of args) {
        at += 1;
        numbers[at] = Number(argument);
      }
      numbers[0] = count + 1;
    },
    run() {
      const end = 1 + (numbers[0] as number) * CALL_NUMBERS;
      numbers[0] = 0;
      for (let at = 1; at < end; at += CALL_NUMBERS) callAt(functions, numbers, at);
    },
  };
}

/** WebAssembly drops what is more than a kernel's parameters. Spreading a part of the list costs ten times as much. */
function callAt(functions: readonly AnyKernel[], list: Float64Array, at: number): void {
  const kernel = functions[list[at] as number] as AnyKernel;
  kernel(
    list[at + 1],
    list[at + 2],
    list[at + 3],
    list[at + 4],
    list[at + 5],
    list[at + 6],
    list[at + 7],
    list[at + 8],
    list[at + 9],
    list[at + 10],
    list[at + 11],
    list[at + 12],
    list[at + 13],
    list[at + 14],
  );
}
