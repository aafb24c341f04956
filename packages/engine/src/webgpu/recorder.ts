/** Records a chunk's work into as few submissions as may be. */
export interface Recorder {
  /** The open compute pass. */
  pass(): GPUComputePassEncoder;
  /** For copies between passes. */
  encoder(): GPUCommandEncoder;
  /** Work of about `ms` was recorded: submits where the submission is long enough with it. */
  spend(ms: number): void;
  /** Submits what is left. */
  finish(): void;
}

/** A submission ends once the next unit of work would make it longer than `submitMsMax`. */
export function createRecorder(device: GPUDevice, submitMsMax: number): Recorder {
  let open: GPUCommandEncoder | undefined;
  let pass: GPUComputePassEncoder | undefined;
  let spentMs = 0;

  const endPass = (): void => {
    pass?.end();
    pass = undefined;
  };
  const submit = (): void => {
    if (open === undefined) return;
    endPass();
    device.queue.submit([open.finish()]);
    open = undefined;
    spentMs = 0;
  };
  const encoder = (): GPUCommandEncoder => {
    open ??= device.createCommandEncoder({ label: 'chunk' });
    return open;
  };

  return {
    pass() {
      pass ??= encoder().beginComputePass({ label: 'chunk' });
      return pass;
    },
    encoder() {
      endPass();
      return encoder();
    },
    spend(ms) {
      spentMs += ms;
      // Units are alike: with another one it would be too long.
      if (spentMs + ms > submitMsMax) submit();
    },
    finish: submit,
  };
}
