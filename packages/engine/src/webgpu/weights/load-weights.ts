import type { TensorInfo } from '@manyhands/model/tensor';
import { EngineError } from '../../error.ts';
import { UPLOAD_BYTES_IN_FLIGHT_MAX } from '../../limits.ts';
import { elementCount, readValues } from '../../read-rows.ts';
import type { ReadTensor } from '../../stage.ts';
import type { GpuMemory } from '../memory.ts';
import type { Projection } from './matrix.ts';
import { planStack, type StackPart } from './plan-stack.ts';
import { readGroups } from './read-groups.ts';
import { groupBytes, ROWS_PER_GROUP } from './row-layout.ts';

/** Matrices that read the same input, on the device, and where each one's output starts. */
export interface Stack extends Projection {
  readonly outOffsets: readonly number[];
}

/**
 * Moves tensors to the device as their verified bytes arrive: first every destination is allocated,
 * then `load` reads the tensors in the order that is cheapest for their source.
 */
export interface WeightLoader {
  stack(names: readonly string[]): Promise<Stack>;
  /** F32 values of several tensors, one after another or at the given places. */
  vector(names: readonly string[], offsets?: readonly number[]): Promise<GPUBuffer>;
  /** Resolves with the numbers of a small tensor when `load` comes to it. */
  values(name: string): Promise<Float32Array<ArrayBuffer>>;
  load(readTensor: ReadTensor, signal?: AbortSignal): Promise<void>;
}

/** Takes a tensor's bytes to where they belong. */
type Sink = (read: () => AsyncIterable<Uint8Array<ArrayBuffer>>) => Promise<void>;

/** `tensors` are loaded in their order; no buffer is larger than `bindingBytesMax`. */
export function createWeightLoader(
  device: GPUDevice,
  memory: GpuMemory,
  tensors: readonly TensorInfo[],
  bindingBytesMax: number,
): WeightLoader {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const sinks = new Map<string, Sink>();
  const upload = createUpload(device);

  const find = (name: string): TensorInfo => {
    const tensor = byName.get(name);
    if (tensor !== undefined) return tensor;
    throw new EngineError(
      'unsupported-model',
      `the stage needs ${name} but was not given it; load the manifest again`,
    );
  };

  return {
    values(name) {
      const tensor = find(name);
      return new Promise((resolve) => {
        sinks.set(name, async (read) => resolve(await readValues(tensor, read())));
      });
    },
    async vector(names, offsets) {
      const places = offsets ?? packed(names.map((name) => elementCount(find(name))));
      const last = names.length - 1;
      const length = (places[last] as number) + elementCount(find(names[last] as string));
      const [buffer] = await memory.allocate('weights', names.join(), [length * 4]);
      for (const [i, name] of names.entries()) {
        sinks.set(name, async (read) => {
          const numbers = await readValues(find(name), read());
          await upload(buffer as GPUBuffer, (places[i] as number) * 4, numbers);
        });
      }
      return buffer as GPUBuffer;
    },
    async stack(names) {
      const plan = planStack(names.map(find), bindingBytesMax);
      const buffers = await memory.allocate('weights', names.join(), plan.parts.map(partBytes));
      for (const name of names) {
        const tensor = find(name);
        sinks.set(name, async (read) => {
          const places = rowPlaces(tensor, plan.parts);
          for await (const words of readGroups(tensor, read())) {
            const { part, group } = places.next().value as Place;
            await upload(buffers[part] as GPUBuffer, group * words.byteLength, words);
          }
        });
      }
      const parts = plan.parts.map((part, i) => ({ ...part, buffer: buffers[i] as GPUBuffer }));
      return { parts, outOffsets: plan.outOffsets, outStride: plan.outStride };
    },
    async load(readTensor, signal) {
      for (const tensor of tensors) {
        await sinks.get(tensor.name)?.(() => readTensor(tensor, signal));
      }
    },
  };
}

/** Where each of several lengths starts when they follow each other. */
function packed(lengths: readonly number[]): number[] {
  let next = 0;
  return lengths.map((length) => {
    next += length;
    return next - length;
  });
}

interface Place {
  readonly part: number;
  readonly group: number;
}

/** Where each group of a tensor goes, in order. */
function* rowPlaces(tensor: TensorInfo, parts: readonly StackPart[]): Generator<Place> {
  for (const [part, { pieces }] of parts.entries()) {
    for (const piece of pieces) {
      if (piece.tensor !== tensor) continue;
      for (let row = 0; row < piece.rowCount; row += ROWS_PER_GROUP) {
        yield { part, group: piece.firstGroup + row / ROWS_PER_GROUP };
      }
    }
  }
}

function partBytes(part: StackPart): number {
  return part.groupCount * groupBytes(part.type, part.columnCount);
}

/** `writeBuffer` copies at once and uploads later: waits so that copies do not pile up. */
function createUpload(device: GPUDevice) {
  let bytesInFlight = 0;
  return async (
    buffer: GPUBuffer,
    offset: number,
    data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  ): Promise<void> => {
    device.queue.writeBuffer(buffer, offset, data);
    bytesInFlight += data.byteLength;
    if (bytesInFlight < UPLOAD_BYTES_IN_FLIGHT_MAX) return;
    bytesInFlight = 0;
    await device.queue.onSubmittedWorkDone();
  };
}
