import { CheckRow } from '../components/guest-fields.tsx';
import { ShareSlider } from '../components/share-slider.tsx';
import { useSite } from '../components/site-context.ts';
import { Slider } from '../components/slider.tsx';
import { formatBytes } from '../state/format.ts';
import { DATA_STEPS } from '../state/guest-rules.ts';
import { hintBattery, hintMetered } from '../state/guest-view.ts';
import { t } from '../strings/language.ts';
import { FRAME_MEMORY_STEPS } from './limits.ts';

/** The frame's limits. Only in here can they be raised. */
export function FrameLimits() {
  const { contribution } = useSite();
  const { memoryBytes, rules } = contribution.settings.value;
  const { conditions, connectionTold } = contribution.guest;
  const isActive = contribution.isActive.value;
  return (
    <details class="embed-limits">
      <summary data-testid="embed-limits">{t('embed.limits.title')}</summary>
      <div class="embed-limits-body">
        <ShareSlider id="embed-share" />
        <Slider
          id="embed-memory"
          label={t('embed.limits.memory')}
          value={formatBytes(memoryBytes)}
          hint={t(isActive ? 'embed.limits.memoryLocked' : 'embed.limits.memoryHint')}
          isDisabled={isActive}
          min={0}
          max={FRAME_MEMORY_STEPS.length - 1}
          step={1}
          position={FRAME_MEMORY_STEPS.indexOf(memoryBytes)}
          onMove={(step) =>
            contribution.change({ memoryBytes: FRAME_MEMORY_STEPS[step] ?? memoryBytes })
          }
        />
        <Slider
          id="embed-data"
          label={t('embed.limits.data')}
          value={
            rules.dataBytesPerDayMax === null
              ? t('embed.limits.unlimited')
              : formatBytes(rules.dataBytesPerDayMax)
          }
          hint={t('embed.limits.dataHint')}
          isDisabled={false}
          min={0}
          max={DATA_STEPS.length - 1}
          step={1}
          position={DATA_STEPS.indexOf(rules.dataBytesPerDayMax)}
          onMove={(step) =>
            contribution.changeRules({ dataBytesPerDayMax: DATA_STEPS[step] ?? null })
          }
        />
        <CheckRow
          testId="embed-out-of-view"
          label={t('embed.limits.hidden')}
          hint={t('embed.limits.hiddenHint')}
          isChecked={rules.servesHidden}
          onChange={(servesHidden) => contribution.changeRules({ servesHidden })}
        />
        <CheckRow
          testId="embed-battery"
          label={t('embed.limits.battery')}
          hint={hintBattery(conditions.value)}
          isChecked={rules.servesOnBattery}
          onChange={(servesOnBattery) => contribution.changeRules({ servesOnBattery })}
        />
        <CheckRow
          testId="embed-metered"
          label={t('embed.limits.metered')}
          hint={hintMetered(connectionTold)}
          isChecked={rules.servesMetered}
          onChange={(servesMetered) => contribution.changeRules({ servesMetered })}
        />
      </div>
    </details>
  );
}
