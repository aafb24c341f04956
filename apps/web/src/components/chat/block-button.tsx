import { identityOf } from '@manyhands/protocol/id';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

export interface BlockButtonProps {
  readonly peerId: string;
  /** As it is called on the page. */
  readonly name: string;
}

/** Has a volunteer compute nothing more for this person, or takes that back. */
export function BlockButton({ peerId, name }: BlockButtonProps) {
  const { blocked } = useSite();
  const isBlocked = blocked.has(peerId);
  const label = isBlocked
    ? t('answers.block.unblockOne', { name })
    : t('answers.block.one', { name });
  return (
    <button
      type="button"
      class="button-quiet hop-block"
      data-testid="block-volunteer"
      aria-label={label}
      aria-pressed={isBlocked}
      title={t('answers.block.hint')}
      onClick={() => {
        if (isBlocked) blocked.unblock(identityOf(peerId));
        else blocked.block([peerId]);
      }}
    >
      {isBlocked ? t('answers.block.unblock') : t('answers.block.button')}
    </button>
  );
}
