import { describe, expect, test } from 'vitest';
import { RECOVERIES_MAX } from '../limits.ts';
import { createToyVolunteer } from '../testing/toy-volunteer.ts';

const OPTIONS = { memoryBytesMax: 1e9, gpuShare: 0.5 };

async function serving(options = {}) {
  const setup = await createToyVolunteer();
  await setup.volunteer.start({ ...OPTIONS, ...options });
  expect(setup.volunteer.state.phase).toBe('serving');
  return setup;
}

describe('a volunteer whose device fails', () => {
  test('loads half of its blocks again, in a new worker, and serves', async () => {
    const { volunteer, workers, states } = await serving();
    workers[0]?.loseDevice();
    await expect.poll(() => workers.length).toBe(2);
    await expect.poll(() => volunteer.state.phase).toBe('serving');
    expect(workers[0]?.isTerminated).toBe(true);
    expect(workers[1]?.loads[0]).toMatchObject({ firstBlock: 0, endBlock: 3, heads: false });
    expect(volunteer.state).toMatchObject({ recoveries: 1, range: { endBlock: 3 } });
    const recovering = states.find(({ phase }) => phase === 'recovering');
    const shrunk = { blockCount: 3, blockCountBefore: 6 };
    expect(recovering?.setback).toEqual({ code: 'device-lost', shrunk });
  });

  test('leaves the directory while it recovers', async () => {
    const setup = await serving();
    expect(setup.isAnnounced).toBe(true);
    const seen: boolean[] = [];
    setup.volunteer.subscribe(({ phase }) => {
      if (phase === 'recovering') seen.push(setup.isAnnounced);
    });
    setup.workers[0]?.loseDevice();
    await expect.poll(() => setup.isAnnounced && setup.workers.length === 2).toBe(true);
    expect(seen).toEqual([false]);
  });

  test('goes on with the processor when no GPU comes back', async () => {
    const { volunteer, workers, failNextLoad } = await serving({ backend: 'webgpu' });
    failNextLoad('no-adapter');
    workers[0]?.loseDevice();
    await expect.poll(() => volunteer.state.backend).toBe('wasm');
    expect(volunteer.state).toMatchObject({ phase: 'serving', recoveries: 2 });
  });

  test('restarts a worker that died, with all of its blocks', async () => {
    const { volunteer, workers } = await serving();
    workers[0]?.crash();
    await expect.poll(() => workers.length).toBe(2);
    await expect.poll(() => volunteer.state.phase).toBe('serving');
    expect(workers[1]?.loads[0]).toMatchObject({ firstBlock: 0, endBlock: 6 });
  });

  test('holds less where the memory is not enough, before it serves at all', async () => {
    const { volunteer, workers, failNextLoad } = await createToyVolunteer();
    failNextLoad('out-of-memory');
    failNextLoad('out-of-memory');
    await volunteer.start(OPTIONS);
    const loads = workers.flatMap(({ loads }) => loads);
    expect(loads).toMatchObject([{ endBlock: 6 }, { endBlock: 3 }, { endBlock: 2 }]);
    expect(volunteer.state).toMatchObject({ phase: 'serving', recoveries: 2 });
  });

  test('gives up with the reason when it fails again and again', async () => {
    const { volunteer, workers } = await serving();
    for (let times = 0; times <= RECOVERIES_MAX; times += 1) {
      const current = workers.length - 1;
      await expect.poll(() => volunteer.state.phase).toBe('serving');
      workers[current]?.loseDevice();
      await expect
        .poll(() => volunteer.state.phase !== 'serving' || workers.length > current + 1)
        .toBe(true);
    }
    await expect.poll(() => volunteer.state.phase).toBe('failed');
    expect(volunteer.state.error?.code).toBe('device-lost');
    expect(workers.every(({ isTerminated }) => isTerminated)).toBe(true);
  });

  test('stops at once when Stop is pressed while it recovers', async () => {
    const { volunteer, workers } = await serving();
    let stopped: Promise<void> | undefined;
    volunteer.subscribe(({ phase }) => {
      if (phase === 'recovering') stopped ??= volunteer.stop();
    });
    workers[0]?.loseDevice();
    await expect.poll(() => stopped !== undefined).toBe(true);
    await stopped;
    expect(volunteer.state.phase).toBe('stopped');
    expect(workers.every(({ isTerminated }) => isTerminated)).toBe(true);
  });
});

test('pressing Stop twice waits for the same end', async () => {
  const { volunteer, workers } = await serving();
  const first = volunteer.stop();
  await volunteer.stop();
  expect(workers.every(({ isTerminated }) => isTerminated)).toBe(true);
  await first;
  expect(volunteer.state.phase).toBe('stopped');
});

test('a run that starts while another one stops keeps its state', async () => {
  const { volunteer, states } = await serving();
  const stopped = volunteer.stop();
  await volunteer.start(OPTIONS);
  await stopped;
  expect(states.map(({ phase }) => phase)).not.toContain('stopped');
  expect(volunteer.state.phase).toBe('serving');
});

test('Stop ends a run that still waits for the end of the one before it', async () => {
  const { volunteer, workers } = await serving();
  const started = volunteer.start(OPTIONS);
  const isRefused = expect(started).rejects.toMatchObject({ code: 'aborted' });
  await volunteer.stop();
  expect(volunteer.state.phase).toBe('stopped');
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true]);
  await isRefused;
});

test('of two runs that wait for the same end only the last one serves', async () => {
  const { volunteer, workers } = await serving();
  const first = volunteer.start(OPTIONS);
  const isRefused = expect(first).rejects.toMatchObject({ code: 'aborted' });
  await volunteer.start(OPTIONS);
  await isRefused;
  expect(workers.filter(({ isTerminated }) => !isTerminated)).toHaveLength(1);
});

test('a whole model goes on with the processor and the share of now, and after its worker died', async () => {
  const { volunteer, workers } = await createToyVolunteer('embedding');
  await volunteer.start(OPTIONS);
  const [blocks, first] = workers;
  expect(blocks?.isTerminated).toBe(true);
  volunteer.setGpuShare(0.25);
  first?.loseDevice();
  await expect.poll(() => volunteer.state.numericClass).toBe('onnx-wasm');
  expect(first?.isTerminated).toBe(true);
  expect(workers[2]?.loads[0]).toMatchObject({ provider: 'wasm', gpuShare: 0.25 });
  expect(volunteer.state).toMatchObject({ phase: 'serving', recoveries: 1 });
  workers[2]?.crash();
  await expect.poll(() => workers.length).toBe(4);
  await expect.poll(() => volunteer.state.phase).toBe('serving');
});

test('it tells the directory how long a block takes with its rests, and tells it when they change', async () => {
  const setup = await serving();
  expect(setup.announcement).toMatchObject({ share: 0.5, holdings: [{ msPerBlock: 2 }] });
  setup.volunteer.setGpuShare(0.25);
  expect(setup.announcement).toMatchObject({ share: 0.25, holdings: [{ msPerBlock: 4 }] });
  // What the person sees is what the device does.
  expect(setup.volunteer.state.msPerBlock).toBe(1);
});

test('what trying again would not help fails with its own code', async () => {
  const { volunteer, failNextLoad } = await createToyVolunteer();
  failNextLoad('unsupported-model');
  await expect(volunteer.start(OPTIONS)).rejects.toMatchObject({ code: 'unsupported-model' });
  expect(volunteer.state).toMatchObject({ phase: 'failed', error: { code: 'unsupported-model' } });
});

test('a frame whose site has its number of helpers stops, and says why', async () => {
  const setup = await serving();
  const { volunteer, workers, refuse } = setup;
  refuse('stale-entry');
  expect(volunteer.state.phase).toBe('serving');
  refuse('embed-full');
  await expect.poll(() => volunteer.state.phase).toBe('failed');
  expect(volunteer.state.error?.code).toBe('embed-full');
  expect(workers[0]?.isTerminated).toBe(true);
  expect(setup.isAnnounced).toBe(false);
});
