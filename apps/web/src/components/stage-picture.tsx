import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { describeRange } from '../state/contribution-view.ts';
import { describeFlow } from '../state/flow-view.ts';
import { createStageFlow } from '../state/stage-flow.ts';
import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';
import { lightUp, type PictureParts } from './stage-light.ts';

/** From this many blocks on the cells carry no number: a phone has no room for them. */
const NUMBERED_BLOCKS_MAX = 12;

export interface StagePictureProps {
  readonly state: VolunteerState;
  readonly range: NonNullable<VolunteerState['range']>;
  readonly blockCount: number;
  /** How much of the held part is loaded, 0 to 1. */
  readonly fraction: number;
}

/** The whole model, what this tab holds of it, and each pass as a light through it. */
export function StagePicture({ state, range, blockCount, fraction }: StagePictureProps) {
  const { contribution } = useSite();
  const model = useRef<HTMLDivElement>(null);
  const beam = useRef<HTMLSpanElement>(null);
  const from = useRef<HTMLSpanElement>(null);
  const to = useRef<HTMLSpanElement>(null);
  const stageFlow = useMemo(
    () =>
      createStageFlow({
        watch: contribution.watchWork,
        isHidden: () => contribution.guest.conditions.peek().isHidden,
      }),
    [contribution],
  );
  useEffect(
    () =>
      stageFlow.follow((pulse) => {
        const parts = partsOf([model.current, beam.current, from.current, to.current]);
        if (parts !== undefined) lightUp(parts, pulse, blockCount);
      }),
    [stageFlow, blockCount],
  );
  const ends = {
    from: range.embeds ? t('contribute.picture.requester') : t('contribute.picture.before'),
    to: range.heads ? t('contribute.picture.answer') : t('contribute.picture.next'),
  };
  const label = t('contribute.picture.label', { ...ends, range: describeRange(state) ?? '' });
  const isPaused = state.phase === 'paused';
  return (
    <div class={`picture ${isPaused ? 'picture-paused' : ''}`} data-testid="stage-picture">
      <div class="picture-row" role="img" aria-label={label}>
        <span class="picture-end" ref={from}>
          {ends.from}
        </span>
        <div class="picture-model" ref={model}>
          <Cap
            isHeld={range.embeds}
            letter={t('network.strip.embeddingMark')}
            name={t('contribute.picture.embedding')}
          />
          <div class="picture-blocks">
            <Cells range={range} blockCount={blockCount} fraction={fraction} />
            <span class="picture-window">
              <span class="picture-beam" ref={beam} />
            </span>
          </div>
          <Cap
            isHeld={range.heads}
            letter={t('network.strip.headMark')}
            name={t('contribute.picture.head')}
          />
        </div>
        <span class="picture-end picture-to" ref={to}>
          {ends.to}
        </span>
      </div>
      <p class="fine" data-testid="stage-flow">
        {describeFlow(state, stageFlow.flow.value)}
      </p>
    </div>
  );
}

function Cells({ range, blockCount, fraction }: Omit<StagePictureProps, 'state'>) {
  const { firstBlock, endBlock } = range;
  const loadedEnd = firstBlock + Math.floor(fraction * (endBlock - firstBlock) + 1e-9);
  return (
    <>
      {Array.from({ length: blockCount }, (_, index) => {
        const isMine = index >= firstBlock && index < endBlock;
        const kind = isMine ? (index < loadedEnd ? 'cell-mine' : 'cell-coming') : 'cell-other';
        return (
          <span
            key={index}
            class={`cell ${kind}`}
            title={t('contribute.holding.block', { block: index })}
          >
            {blockCount <= NUMBERED_BLOCKS_MAX ? index : null}
          </span>
        );
      })}
    </>
  );
}

/** What stands before the first block and behind the last one. */
function Cap(props: { readonly isHeld: boolean; readonly letter: string; readonly name: string }) {
  return (
    <span
      class={`cell picture-cap ${props.isHeld ? 'cell-mine' : 'cell-other'}`}
      title={props.name}
    >
      {props.letter}
    </span>
  );
}

function partsOf(elements: readonly (HTMLElement | null)[]): PictureParts | undefined {
  const [model, beam, from, to] = elements;
  return model && beam && from && to ? { model, beam, from, to } : undefined;
}
