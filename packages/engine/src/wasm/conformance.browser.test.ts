import {
  CONFORMANCE_MODELS,
  conformanceAcceptance,
} from '../conformance/conformance-acceptance.ts';
import { createWasmStage } from './stage.ts';

for (const variant of ['plain', 'relaxed'] as const) {
  for (const activations of ['f32', 'i16'] as const) {
    conformanceAcceptance(`${variant} ${activations}`, CONFORMANCE_MODELS, (model, range) =>
      createWasmStage(model.spec(range), model.readTensor, {
        memoryBytesMax: 2 ** 26,
        activations,
        variant,
      }),
    );
  }
}
