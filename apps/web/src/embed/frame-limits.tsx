import { CheckRow } from '../components/guest-fields.tsx';
import { ShareSlider } from '../components/share-slider.tsx';
import { useSite } from '../components/site-context.ts';
import { Slider } from '../components/slider.tsx';
import { formatBytes } from '../state/format.ts';
import { DATA_STEPS } from '../state/guest-rules.ts';
import { hintBattery, hintMetered } from '../state/guest-view.ts';
import { FRAME_MEMORY_STEPS } from './limits.ts';

/** The frame's limits. Only in here can they be raised. */
export function FrameLimits() {
  const { contribution } = useSite();
  const { memoryBytes, rules } = contribution.settings.value;
  const { conditions, connectionTold } = contribution.guest;
  const isActive = contribution.isActive.value;
  return (
    <details class="embed-limits">
      <summary data-testid="embed-limits">Limits</summary>
      <div class="embed-limits-body">
        <ShareSlider id="embed-share" />
        <Slider
          id="embed-memory"
          label="Memory at most"
          value={formatBytes(memoryBytes)}
          hint={isActive ? 'Stop to change this.' : 'For parts of a model and for conversations.'}
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
          label="Data a day at most"
          value={
            rules.dataBytesPerDayMax === null ? 'no limit' : formatBytes(rules.dataBytesPerDayMax)
          }
          hint="Sent, received and downloaded for others."
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
          label="Also out of view"
          hint="Behind another tab, covered, or scrolled away."
          isChecked={rules.servesHidden}
          onChange={(servesHidden) => contribution.changeRules({ servesHidden })}
        />
        <CheckRow
          testId="embed-battery"
          label="On battery"
          hint={hintBattery(conditions.value)}
          isChecked={rules.servesOnBattery}
          onChange={(servesOnBattery) => contribution.changeRules({ servesOnBattery })}
        />
        <CheckRow
          testId="embed-metered"
          label="On a metered connection"
          hint={hintMetered(connectionTold)}
          isChecked={rules.servesMetered}
          onChange={(servesMetered) => contribution.changeRules({ servesMetered })}
        />
      </div>
    </details>
  );
}
