import type { Theme, ThemeChoice } from '../state/theme.ts';
import { t } from '../strings/language.ts';
import { AutoIcon, MoonIcon, SunIcon } from './icon.tsx';

const ICONS: Record<Theme, typeof AutoIcon> = { auto: AutoIcon, light: SunIcon, dark: MoonIcon };

export function ThemeButton({ theme }: { readonly theme: ThemeChoice }) {
  const Icon = ICONS[theme.theme.value];
  const label = t('shell.theme.label', { theme: t(`shell.theme.${theme.theme.value}`) });
  return (
    <button type="button" class="button-icon" title={label} aria-label={label} onClick={theme.next}>
      <Icon />
    </button>
  );
}
