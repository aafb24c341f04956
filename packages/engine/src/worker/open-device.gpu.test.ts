import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openTestModel } from '../stage-testing.ts';
import { openDevice } from './open-device.ts';

/** An adapter that does not say it is software, so that it is measured. */
async function pretendHardware(change: (device: GPUDevice) => void | Promise<void>): Promise<void> {
  const real = await navigator.gpu.requestAdapter();
  if (real === null) throw new Error('this browser has no adapter');
  const info = { vendor: 'a', architecture: 'b', device: '', description: '' };
  const adapter: Pick<GPUAdapter, 'features' | 'limits' | 'requestDevice'> & { info: object } = {
    features: real.features,
    limits: real.limits,
    info: { ...info, isFallbackAdapter: false },
    async requestDevice(descriptor) {
      const device = await real.requestDevice(descriptor);
      await change(device);
      return device;
    },
  };
  vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(adapter as GPUAdapter);
}

async function open(wanted: 'auto' | 'webgpu') {
  const model = await openTestModel(createTinyModel({ blockCount: 1 }));
  const { signal } = new AbortController();
  const limits = { memoryBytesMax: 2 ** 26, activations: 'auto', signal } as const;
  const opened = await openDevice(wanted, model.spec(model.whole), limits);
  opened.gpu?.destroy();
  return opened;
}

afterEach(() => vi.restoreAllMocks());

const refuse = () => Promise.reject(new DOMException('no', 'OperationError'));
const lose = async (device: GPUDevice) => {
  device.destroy();
  await device.lost;
};

describe('where both could be faster', () => {
  test('measures', async () => {
    await pretendHardware(() => undefined);
    expect((await open('auto')).reason).toMatchObject({ code: 'measured' });
  });

  test.each([
    ['refuses a device', refuse],
    ['is lost while it is measured', lose],
  ])('takes the processor where the GPU %s', async (_, change) => {
    await pretendHardware(change);
    const opened = await open('auto');
    expect(opened.backend).toBe('wasm');
    expect(opened.reason).toMatchObject({ code: 'gpu-failed' });
    expect(opened.gpu).toBeUndefined();
  });

  test('says so where the GPU was chosen by hand', async () => {
    await pretendHardware(refuse);
    await expect(open('webgpu')).rejects.toMatchObject({ code: 'no-adapter' });
  });
});
