import type { ChainLink, ChainStage } from '@manyhands/peer/requester/answer';
import type { ComponentChildren } from 'preact';
import { type ChainHop, describeChain } from '../../state/chain-view.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';
import { BlockButton } from './block-button.tsx';

const COLOUR_COUNT = 6;
/** Longer chains are folded: a list of sixty tabs would bury the answer. */
const OPEN_HOPS_MAX = 4;

export interface ChainDiagramProps {
  readonly chain: readonly ChainStage[];
  readonly links: readonly ChainLink[];
  /** Why this chain and not another one. */
  readonly reason: string | undefined;
  readonly isDone: boolean;
  /** Below the stages. */
  readonly children?: ComponentChildren;
}

/** Who computed an answer: you, then each tab with its blocks, then back to you. */
export function ChainDiagram({ chain, links, reason, isDone, children }: ChainDiagramProps) {
  const { connection } = useSite();
  const view = describeChain(chain, links, connection.peerId.value);
  return (
    <details class="chain" data-testid="answer-chain" open={view.hops.length <= OPEN_HOPS_MAX}>
      <summary>
        <span class="chain-bar" aria-hidden="true">
          {view.hops.map((hop, index) => (
            <i
              key={hop.peerId}
              class={`stage-${index % COLOUR_COUNT}`}
              style={{ flexGrow: hop.endBlock - hop.firstBlock }}
            />
          ))}
        </span>
        <span>
          {t(`answers.chain.${isDone ? 'computedBy' : 'beingComputedBy'}`, {
            summary: view.summary,
          })}
        </span>
        {reason === undefined ? null : (
          <span class="chain-why" data-testid="chain-reason">
            {reason}
          </span>
        )}
      </summary>
      <ol class="chain-hops">
        <li class="hop hop-you">{t('answers.chain.you')}</li>
        {view.hops.map((hop, index) => (
          <Hop key={`${hop.peerId}-${hop.firstBlock}`} hop={hop} index={index} />
        ))}
        <li class="hop hop-you">
          <Way arrival={view.returning} />
          {t('answers.chain.you')}
        </li>
      </ol>
      {children}
    </details>
  );
}

function Hop({ hop, index }: { readonly hop: ChainHop; readonly index: number }) {
  return (
    <li
      class={`hop stage-${index % COLOUR_COUNT}`}
      data-testid="chain-stage"
      data-peer-id={hop.peerId}
      data-first-block={hop.firstBlock}
      data-end-block={hop.endBlock}
    >
      <Way arrival={hop.arrival} />
      <span class="hop-card" title={hop.peerId}>
        <span class="hop-name">{hop.isThisTab ? t('answers.chain.thisTab') : hop.name}</span>
        <span class="hop-role">{hop.role}</span>
        {hop.isThisTab ? null : <BlockButton peerId={hop.peerId} name={hop.name} />}
      </span>
    </li>
  );
}

function Way({ arrival }: { readonly arrival: ChainHop['arrival'] }) {
  return (
    <span class={`way way-${arrival}`} data-testid="chain-way" data-path={arrival}>
      <span class="visually-hidden">{t('answers.chain.onTo')}</span>
      {arrival === 'unknown' ? null : t(`answers.chain.ways.${arrival}`)}
    </span>
  );
}
