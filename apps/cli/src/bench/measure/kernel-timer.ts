/** Time that one kernel took on the device. */
export interface KernelTime {
  /** The pipeline's label, or its entry point's where it has none. */
  readonly label: string;
  readonly dispatchCount: number;
  readonly totalMs: number;
}

/** Times single dispatches of any engine of this thread, where the adapter has timestamps. */
export interface KernelTimer {
  /** `undefined` where there are no timestamps or nothing was dispatched. */
  measure(run: () => Promise<void>): Promise<readonly KernelTime[] | undefined>;
}

const QUERIES_MAX = 4096;
/** `resolveQuerySet` writes to multiples of 256 bytes. */
const ALIGNMENT_QUERIES = 32;

/**
 * Gives every device timestamps and, while it measures, every dispatch a pass of its own: passes are all
 * that WebGPU times. That slows the step down, so speeds are never measured at the same time.
 */
export function installKernelTimer(): KernelTimer {
  if (typeof GPUAdapter === 'undefined') return { measure: async (run) => void (await run()) };
  requestTimestamps();
  let recorder: Recorder | undefined;
  const labels = labelPipelines();
  const encoder = GPUCommandEncoder.prototype;
  const { beginComputePass, finish } = encoder;
  const devices = ownDevices();
  encoder.beginComputePass = function (descriptor) {
    const device = devices.get(this);
    if (recorder === undefined || device === undefined) {
      return beginComputePass.call(this, descriptor);
    }
    const set = recorder.querySet(device);
    const begin = (timestampWrites?: GPUComputePassTimestampWrites) =>
      beginComputePass.call(this, { ...(timestampWrites && { timestampWrites }) });
    return splitPass(begin, recorder, set, labels);
  };
  encoder.finish = function (descriptor) {
    recorder?.resolve(this);
    return finish.call(this, descriptor);
  };
  return {
    async measure(run) {
      recorder = createRecorder();
      const own = recorder;
      try {
        await run();
      } finally {
        recorder = undefined;
      }
      return await own.read();
    },
  };
}

function requestTimestamps(): void {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (descriptor = {}) {
    const features = new Set<GPUFeatureName>(descriptor.requiredFeatures ?? []);
    if (this.features.has('timestamp-query')) features.add('timestamp-query');
    return requestDevice.call(this, {
      ...descriptor,
      requiredFeatures: [...features] as NonNullable<typeof descriptor.requiredFeatures>,
    });
  };
}

/** Pipelines carry labels, but not always: entry points name kernels too. */
function labelPipelines(): WeakMap<GPUComputePipeline, string> {
  const labels = new WeakMap<GPUComputePipeline, string>();
  const device = GPUDevice.prototype;
  const { createComputePipeline, createComputePipelineAsync } = device;
  const labelOf = ({ label, compute }: GPUComputePipelineDescriptor) =>
    label || compute.module.label || compute.entryPoint || 'unnamed';
  device.createComputePipeline = function (descriptor) {
    const pipeline = createComputePipeline.call(this, descriptor);
    labels.set(pipeline, labelOf(descriptor));
    return pipeline;
  };
  device.createComputePipelineAsync = async function (descriptor) {
    const pipeline = await createComputePipelineAsync.call(this, descriptor);
    labels.set(pipeline, labelOf(descriptor));
    return pipeline;
  };
  return labels;
}

/** An encoder does not tell its device. */
function ownDevices(): WeakMap<GPUCommandEncoder, GPUDevice> {
  const devices = new WeakMap<GPUCommandEncoder, GPUDevice>();
  const { createCommandEncoder } = GPUDevice.prototype;
  GPUDevice.prototype.createCommandEncoder = function (descriptor) {
    const encoder = createCommandEncoder.call(this, descriptor);
    if (this.features.has('timestamp-query')) devices.set(encoder, this);
    return encoder;
  };
  return devices;
}

interface Recorder {
  querySet(device: GPUDevice): GPUQuerySet;
  /** Room for one more dispatch, or `undefined` when all is used. */
  next(label: string): number | undefined;
  resolve(encoder: GPUCommandEncoder): void;
  read(): Promise<readonly KernelTime[] | undefined>;
}

function createRecorder(): Recorder {
  let device: GPUDevice | undefined;
  let set: GPUQuerySet | undefined;
  let resolved: GPUBuffer | undefined;
  const labels = new Map<number, string>();
  let used = 0;
  let first = 0;
  return {
    querySet(wanted) {
      device ??= wanted;
      set ??= device.createQuerySet({ type: 'timestamp', count: QUERIES_MAX });
      resolved ??= device.createBuffer({
        size: QUERIES_MAX * 8,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      });
      return set;
    },
    next(label) {
      if (used + 2 > QUERIES_MAX) return undefined;
      labels.set(used, label);
      used += 2;
      return used - 2;
    },
    resolve(encoder) {
      if (set === undefined || resolved === undefined || used === first) return;
      encoder.resolveQuerySet(set, first, used - first, resolved, first * 8);
      used = Math.ceil(used / ALIGNMENT_QUERIES) * ALIGNMENT_QUERIES;
      first = used;
    },
    async read() {
      if (device === undefined || resolved === undefined || labels.size === 0) return undefined;
      const stamps = await readStamps(device, resolved);
      set?.destroy();
      resolved.destroy();
      return sumByLabel(labels, stamps);
    },
  };
}

async function readStamps(device: GPUDevice, resolved: GPUBuffer): Promise<BigUint64Array> {
  const { size } = resolved;
  const copy = device.createBuffer({
    size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(resolved, 0, copy, 0, size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const stamps = new BigUint64Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return stamps;
}

function sumByLabel(
  labels: ReadonlyMap<number, string>,
  stamps: BigUint64Array,
): readonly KernelTime[] {
  const times = new Map<string, KernelTime>();
  for (const [at, label] of labels) {
    const { dispatchCount, totalMs } = times.get(label) ?? { dispatchCount: 0, totalMs: 0 };
    const ms = Number((stamps[at + 1] ?? 0n) - (stamps[at] ?? 0n)) / 1e6;
    times.set(label, { label, dispatchCount: dispatchCount + 1, totalMs: totalMs + ms });
  }
  return [...times.values()].sort((a, b) => b.totalMs - a.totalMs);
}

/** A pass to its user; below, one timed pass for each dispatch with the same state. */
function splitPass(
  begin: (timestampWrites?: GPUComputePassTimestampWrites) => GPUComputePassEncoder,
  recorder: Recorder,
  querySet: GPUQuerySet,
  labels: WeakMap<GPUComputePipeline, string>,
): GPUComputePassEncoder {
  let pipeline: GPUComputePipeline | undefined;
  const groups = new Map<number, unknown[]>();
  const dispatch = (launch: (pass: GPUComputePassEncoder) => void) => {
    const at = recorder.next((pipeline && labels.get(pipeline)) ?? 'unnamed');
    const pass = begin(
      at === undefined
        ? undefined
        : { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
    );
    if (pipeline !== undefined) pass.setPipeline(pipeline);
    for (const args of groups.values()) {
      (pass.setBindGroup as (...args: unknown[]) => void).apply(pass, args);
    }
    launch(pass);
    pass.end();
  };
  const split = {
    label: '',
    setPipeline: (next: GPUComputePipeline) => {
      pipeline = next;
    },
    setBindGroup: (...args: unknown[]) => void groups.set(args[0] as number, args),
    dispatchWorkgroups: (x: number, y?: number, z?: number) =>
      dispatch((pass) => pass.dispatchWorkgroups(x, y, z)),
    dispatchWorkgroupsIndirect: (buffer: GPUBuffer, offset: number) =>
      dispatch((pass) => pass.dispatchWorkgroupsIndirect(buffer, offset)),
    pushDebugGroup: () => undefined,
    popDebugGroup: () => undefined,
    insertDebugMarker: () => undefined,
    end: () => undefined,
  };
  return split as unknown as GPUComputePassEncoder;
}
