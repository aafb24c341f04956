import { type ErrorReport, reportError } from '@manyhands/peer/error-report';
import type { CircleInvite } from '@manyhands/swarm/circle-invite';
import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Circles } from './circles.ts';
import type { Conversations } from './conversations.ts';
import { conversationKeyOf, type Tiers } from './tiers.ts';

/** What the dialog about circles shows. */
export type CircleDialogView =
  | { readonly kind: 'list' }
  /** `replaces`: the old circle is left once there is a new one, whose link members have to be given. */
  | { readonly kind: 'create'; readonly replaces?: StoredCircle }
  | { readonly kind: 'invite'; readonly circle: StoredCircle; readonly isNew: boolean }
  | { readonly kind: 'leave'; readonly circle: StoredCircle }
  /** Somebody opened a link. Nothing was kept and nothing is joined before they say yes. */
  | { readonly kind: 'join'; readonly invite: CircleInvite }
  | { readonly kind: 'refused'; readonly error: ErrorReport };

export interface CircleDialog {
  readonly view: ReadonlySignal<CircleDialogView | undefined>;
  /** Why the last step failed. */
  readonly error: ReadonlySignal<ErrorReport | undefined>;
  show(view: CircleDialogView): void;
  close(): void;
  openInvite(inviteText: string): Promise<void>;
  create(name: string, lifetimeMs: number): Promise<void>;
  join(): Promise<void>;
  leave(): Promise<void>;
  use(circle: StoredCircle): void;
}

export function createCircleDialog(deps: {
  readonly circles: Circles;
  readonly tiers: Pick<Tiers, 'chooseCircle' | 'forgetCircle'>;
  readonly conversations: Pick<Conversations, 'forgetScope'>;
}): CircleDialog {
  const { circles, tiers, conversations } = deps;
  const view = signal<CircleDialogView | undefined>(undefined);
  const error = signal<ErrorReport | undefined>(undefined);

  const show = (next: CircleDialogView | undefined): void => {
    error.value = undefined;
    view.value = next;
  };
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    error.value = undefined;
    try {
      await act();
    } catch (cause) {
      error.value = reportError(cause);
    }
  };
  /** After a step that took time: not over what was opened meanwhile. */
  const goOn = (asked: CircleDialogView | undefined, next: CircleDialogView | undefined): void => {
    if (view.value === asked) show(next);
  };
  /** With its keys goes what was said in it. */
  const forget = async ({ id }: StoredCircle): Promise<void> => {
    await circles.leave(id);
    tiers.forgetCircle(id);
    await conversations.forgetScope(conversationKeyOf({ tier: 'circle', circleId: id }));
  };

  return {
    view,
    error,
    show,
    close: () => show(undefined),
    async openInvite(inviteText) {
      try {
        show({ kind: 'join', invite: await circles.read(inviteText) });
      } catch (cause) {
        show({ kind: 'refused', error: reportError(cause) });
      }
    },
    create: (name, lifetimeMs) =>
      attempt(async () => {
        const asked = view.value;
        const circle = await circles.create(name, lifetimeMs);
        tiers.chooseCircle(circle.id);
        if (asked?.kind === 'create' && asked.replaces) await forget(asked.replaces);
        goOn(asked, { kind: 'invite', circle, isNew: true });
      }),
    join: () =>
      attempt(async () => {
        const asked = view.value;
        if (asked?.kind !== 'join') return;
        const { id } = await circles.join(asked.invite);
        tiers.chooseCircle(id);
        goOn(asked, undefined);
      }),
    leave: () =>
      attempt(async () => {
        const asked = view.value;
        if (asked?.kind !== 'leave') return;
        await forget(asked.circle);
        goOn(asked, { kind: 'list' });
      }),
    use(circle) {
      tiers.chooseCircle(circle.id);
      show(undefined);
    },
  };
}
