import type { ChatDraft } from './chat-settings.ts';

export type Preset = 'balanced' | 'creative' | 'precise';

type SamplingDraft = Pick<
  ChatDraft,
  'minP' | 'repetitionPenalty' | 'temperature' | 'topK' | 'topP'
>;

/** How freely words are chosen, for those who do not want to know what Top-p is. */
export const PRESETS: Readonly<Record<Preset, SamplingDraft>> = {
  precise: { temperature: '0.2', topK: '20', topP: '0.9', minP: '0.1', repetitionPenalty: '1.05' },
  balanced: {
    temperature: '0.6',
    topK: '40',
    topP: '0.95',
    minP: '0.05',
    repetitionPenalty: '1.1',
  },
  creative: { temperature: '1', topK: '64', topP: '0.98', minP: '0.02', repetitionPenalty: '1.1' },
};

/** In the order of how free they are. */
export const PRESET_NAMES = [
  'precise',
  'balanced',
  'creative',
] as const satisfies readonly Preset[];

/** The preset whose values these are, however they are written; `undefined` where somebody chose their own. */
export function presetOf(draft: ChatDraft): Preset | undefined {
  return PRESET_NAMES.find((name) =>
    Object.entries(PRESETS[name]).every(
      ([field, value]) =>
        Number(draft[field as keyof SamplingDraft].replace(',', '.')) === Number(value),
    ),
  );
}
