import type { TensorInfo } from '@manyhands/model/tensor';
import { EngineError } from '../../error.ts';
import { UPLOAD_BYTES_IN_FLIGHT_MAX } from '../../limits.ts';
import { elementCount, readValues } from '../../read-rows.ts';
import type { ReadTensor } from '../../stage.ts';
import type { Bindable } from '../kernel.ts';
import type { GpuMemory } from '../memory.ts';
import type { Projection } from './matrix.ts';
import { type PartLimits, planStack, type StackPart } from './plan-stack.ts';
import { readGroups } from './read-groups.ts';
import { groupBytes, ROWS_PER_GROUP } from './row-layout.ts';
import { textureSize, writeGroup } from './texture-layout.ts';

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

/** `tensors` are loaded in their order; matrices go into textures or into buffers, as `limits` say. */
export function createWeightLoader(
  device: GPUDevice,
  memory: GpuMemory,
  tensors: readonly TensorInfo[],
  limits: PartLimits,
): WeightLoader {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const sinks = new Map<string, Sink>();
  const pause = createPauses(device);

  const find = (name: string): TensorInfo => {
    const tensor = byName.get(name);
    if (tensor !== undefined) return tensor;
    throw new EngineError(
      'unsupported-model',
      `the stage needs ${name} but was not given it; load the manifest again`,
    );
  };

  const allocate = async (label: string, parts: readonly StackPart[]): Promise<Bindable[]> => {
    if (!limits.inTextures) return await memory.allocate('weights', label, parts.map(partBytes));
    const sizes = parts.map((part) => textureSize(part.type, part.columnCount, part.groupCount));
    return await memory.allocateTextures('weights', label, sizes);
  };
  const write = (place: Bindable, group: number, words: Uint32Array<ArrayBuffer>): void => {
    if ('createView' in place) writeGroup(device, place, group, words);
    else device.queue.writeBuffer(place, group * words.byteLength, words);
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
          device.queue.writeBuffer(buffer as GPUBuffer, (places[i] as number) * 4, numbers);
          await pause(numbers.byteLength);
        });
      }
      return buffer as GPUBuffer;
    },
    async stack(names) {
      const plan = planStack(names.map(find), limits);
      const places = await allocate(names.join(), plan.parts);
      for (const name of names) {
        const tensor = find(name);
        sinks.set(name, async (read) => {
          const groups = groupPlaces(tensor, plan.parts);
          for await (const words of readGroups(tensor, read())) {
            const { part, group } = groups.next().value as Place;
            write(places[part] as Bindable, group, words);
            await pause(words.byteLength);
          }
        });
      }
      const parts = plan.parts.map((part, i) => ({ ...part, storage: places[i] as Bindable }));
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
function* groupPlaces(tensor: TensorInfo, parts: readonly StackPart[]): Generator<Place> {
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

/** What is written is copied at once and uploaded later: waits so that copies do not pile up. */
function createPauses(device: GPUDevice) {
  let bytesInFlight = 0;
  return async (byteLength: number): Promise<void> => {
    bytesInFlight += byteLength;
    if (bytesInFlight < UPLOAD_BYTES_IN_FLIGHT_MAX) return;
    bytesInFlight = 0;
    await device.queue.onSubmittedWorkDone();
  };
}
