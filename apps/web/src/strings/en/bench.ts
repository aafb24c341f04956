/** How fast the engine is on this device. */
export const bench = {
  title: 'How fast is this device?',
  lead: 'Runs the engine on made-up weights in the shapes of published models, on the GPU and on the processor. Nothing is downloaded but the engine itself, and nothing is sent anywhere.',
  contributing: {
    title: 'This tab contributes right now',
    text: 'Other people’s work would share the device and spoil the figures. Stop it first.',
  },
  run: 'Run',
  what: 'What to measure',
  extents: {
    quick: { title: 'Quick', detail: 'one small model, two types; under a minute' },
    full: { title: 'Everything', detail: 'three models, four types; minutes, up to 1 GB' },
  },
  stop: 'Stop',
  measure: 'Measure this device',
  again: 'Measure again',
  phases: {
    idle: 'Nothing is computed before you press the button.',
    done: 'Done.',
    stopped: 'Stopped. What was measured stands below.',
    stoppedEmpty: 'Stopped before anything was measured.',
    failed: 'It did not work.',
  },
  before: 'Last measured {{time}}. What you measure now is compared with it.',
  looking: 'Looking at this device.',
  progressBar: 'Progress',
  progress: {
    webgpu: '{{place}} of {{all}}: {{shape}}, {{type}}, on the GPU',
    wasm: '{{place}} of {{all}}: {{shape}}, {{type}}, on the processor',
  },
  backends: {
    webgpu: 'GPU',
    software: 'GPU (software)',
  },
  times: '{{value}}×',
  change: {
    same: 'as fast as {{time}}',
    faster: '{{share}} faster than {{time}}',
    slower: '{{share}} slower than {{time}}',
  },
  table: {
    caption: 'Measured on this device',
    model: 'Model',
    decode: 'A token through a block',
    wholeModel: 'Whole model, one answer',
    prefill: 'Reading a prompt',
    batch: 'Four answers at once',
    memory: 'Memory',
  },
  result: 'Result',
  copy: 'Copy the result',
  note: 'Figures are medians for blocks alone: embedding and head are not counted. They depend on what else this device does, its heat and its battery. The last ones are kept in this browser, to compare with.',
} as const;
