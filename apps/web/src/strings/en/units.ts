/** Words that numbers are written with; the numbers come formatted. */
export const units = {
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
  days: '{{days}} d {{hours}} h',
  tokenRate_one: '{{value}} token/s',
  tokenRate_other: '{{value}} tokens/s',
  share: '{{value}}%',
  block: 'block {{block}}',
  blocks: 'blocks {{blocks}}',
  andMore: '{{blocks}} and more',
} as const;
