import type { Theme, ThemeChoice } from '../state/theme.ts';
import { AutoIcon, MoonIcon, SunIcon } from './icon.tsx';

const ICONS: Record<Theme, typeof AutoIcon> = { auto: AutoIcon, light: SunIcon, dark: MoonIcon };
const NAMES: Record<Theme, string> = { auto: 'as the system', light: 'light', dark: 'dark' };

export function ThemeButton({ theme }: { readonly theme: ThemeChoice }) {
  const Icon = ICONS[theme.theme.value];
  const label = `Colours: ${NAMES[theme.theme.value]}`;
  return (
    <button type="button" class="button-icon" title={label} aria-label={label} onClick={theme.next}>
      <Icon />
    </button>
  );
}
