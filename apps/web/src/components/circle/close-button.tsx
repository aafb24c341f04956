import { useSite } from '../site-context.ts';

export function CloseButton({ label }: { readonly label: string }) {
  const { circleDialog } = useSite();
  return (
    <button
      type="button"
      class="button"
      data-testid="circle-close"
      onClick={() => circleDialog.close()}
    >
      {label}
    </button>
  );
}
