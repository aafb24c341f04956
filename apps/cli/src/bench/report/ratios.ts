import type { CaseReport, Measured, Speeds } from './bench-report.ts';

/** How many times as fast one of ours is as a rival; `null` where one of them was not measured. */
export interface Ratio {
  readonly ours: string;
  readonly rival: string;
  readonly decode: number;
  readonly prefill: readonly { readonly tokenCount: number; readonly times: number | null }[];
}

/** Every one of ours against every rival of a case, over as much of the model as both were measured. */
export function ratiosOf({ contenders }: CaseReport): Ratio[] {
  const measured = contenders.filter((each): each is Measured => each.status === 'measured');
  const isOurs = ({ name }: Measured) => name.startsWith('ours-');
  return measured
    .filter(isOurs)
    .flatMap((ours) =>
      measured.filter((each) => !isOurs(each)).map((rival) => ratioOf(ours, rival)),
    );
}

function ratioOf(ours: Measured, rival: Measured): Ratio {
  const hasWhole = ours.whole !== null && rival.whole !== null;
  const speeds = ({ whole, measured }: Measured): Speeds =>
    hasWhole && whole !== null ? whole : measured;
  const [own, theirs] = [speeds(ours), speeds(rival)];
  return {
    ours: ours.name,
    rival: rival.name,
    decode: theirs.decodeMs / own.decodeMs,
    prefill: own.prefill.map(({ tokenCount, ms }) => {
      const other = theirs.prefill.find((each) => each.tokenCount === tokenCount)?.ms ?? null;
      return { tokenCount, times: ms === null || other === null ? null : other / ms };
    }),
  };
}
