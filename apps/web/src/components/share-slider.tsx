import { GPU_SHARE_MIN, GPU_SHARE_STEP } from '../state/contribution-settings.ts';
import { formatShare } from '../state/format.ts';
import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';
import { Slider } from './slider.tsx';

/** How much of the time this tab may compute. */
export function ShareSlider({ id }: { readonly id: string }) {
  const { contribution } = useSite();
  const { gpuShare } = contribution.settings.value;
  return (
    <Slider
      id={id}
      label={t('contribute.limits.time')}
      value={formatShare(gpuShare)}
      hint={t('contribute.limits.timeHint')}
      isDisabled={false}
      min={GPU_SHARE_MIN}
      max={1}
      step={GPU_SHARE_STEP}
      position={gpuShare}
      onMove={(share) => contribution.change({ gpuShare: Math.round(share * 100) / 100 })}
    />
  );
}
