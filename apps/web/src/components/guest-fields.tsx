import { formatBytes } from '../state/format.ts';
import { DATA_STEPS, DEFAULT_SCHEDULE } from '../state/guest-rules.ts';
import { describeSchedule, hintBattery, hintMetered } from '../state/guest-view.ts';
import { t } from '../strings/language.ts';
import { ScheduleFields } from './guest-schedule.tsx';
import { useSite } from './site-context.ts';
import { Slider } from './slider.tsx';

/** When this tab may work. Everything applies at once. */
export function GuestFields() {
  const { contribution } = useSite();
  const { rules } = contribution.settings.value;
  const { conditions, connectionTold } = contribution.guest;
  const change = contribution.changeRules;
  const dataStep = DATA_STEPS.indexOf(rules.dataBytesPerDayMax);
  return (
    <fieldset class="rules">
      <legend>{t('guest.rules.legend')}</legend>
      <CheckRow
        testId="rule-hidden"
        label={t('guest.rules.hidden')}
        hint={t('guest.rules.hiddenHint')}
        isChecked={rules.servesHidden}
        onChange={(servesHidden) => change({ servesHidden })}
      />
      <CheckRow
        testId="rule-battery"
        label={t('guest.rules.battery')}
        hint={hintBattery(conditions.value)}
        isChecked={rules.servesOnBattery}
        onChange={(servesOnBattery) => change({ servesOnBattery })}
      />
      <CheckRow
        testId="rule-metered"
        label={t('guest.rules.metered')}
        hint={hintMetered(connectionTold)}
        isChecked={rules.servesMetered}
        onChange={(servesMetered) => change({ servesMetered })}
      />
      <CheckRow
        testId="rule-schedule"
        label={t('guest.rules.schedule')}
        hint={describeSchedule(rules.schedule)}
        isChecked={rules.schedule !== null}
        onChange={(isOn) => change({ schedule: isOn ? DEFAULT_SCHEDULE : null })}
      />
      {rules.schedule === null ? null : (
        <ScheduleFields schedule={rules.schedule} onChange={(schedule) => change({ schedule })} />
      )}
      <Slider
        id="data-limit"
        label={t('guest.data.label')}
        value={
          rules.dataBytesPerDayMax === null
            ? t('guest.data.noLimit')
            : formatBytes(rules.dataBytesPerDayMax)
        }
        hint={t('guest.data.hint')}
        isDisabled={false}
        min={0}
        max={DATA_STEPS.length - 1}
        step={1}
        position={dataStep}
        onMove={(step) => change({ dataBytesPerDayMax: DATA_STEPS[step] ?? null })}
      />
    </fieldset>
  );
}

/** A switch with a sentence about what it does here. */
export function CheckRow(props: {
  readonly testId: string;
  readonly label: string;
  readonly hint: string;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}) {
  const hintId = `${props.testId}-hint`;
  return (
    <div class="check-row">
      <label>
        <input
          type="checkbox"
          data-testid={props.testId}
          checked={props.isChecked}
          aria-describedby={hintId}
          onChange={(event) => props.onChange(event.currentTarget.checked)}
        />
        <span>{props.label}</span>
      </label>
      <span class="field-hint" id={hintId}>
        {props.hint}
      </span>
    </div>
  );
}
