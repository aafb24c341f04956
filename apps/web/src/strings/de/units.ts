import type { units as english } from '../en/units.ts';
import type { Translated } from '../translated.ts';

export const units: Translated<typeof english> = {
  bytes: {
    B: '{{value}} B',
    kB: '{{value}} kB',
    MB: '{{value}} MB',
    GB: '{{value}} GB',
    TB: '{{value}} TB',
  },
  perSecond: '{{value}}/s',
  milliseconds: '{{value}} ms',
  seconds: '{{value}} s',
  minutes: '{{minutes}} min {{seconds}} s',
  hours: '{{hours}} h {{minutes}} min',
  days: '{{days}} T {{hours}} h',
  tokenRate_one: '{{value}} Token/s',
  tokenRate_other: '{{value}} Token/s',
  share: '{{value}} %',
  block: 'Block {{block}}',
  blocks: 'Blöcke {{blocks}}',
  andMore: '{{blocks}} und weitere',
};
