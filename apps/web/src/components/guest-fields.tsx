import type { Schedule } from '@manyhands/peer/volunteer/schedule';
import { formatBytes } from '../state/format.ts';
import {
  DATA_STEPS,
  DEFAULT_SCHEDULE,
  formatMinute,
  parseMinute,
  toggleDay,
} from '../state/guest-rules.ts';
import { describeSchedule, hintBattery, hintMetered, WEEK } from '../state/guest-view.ts';
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
      <legend>When to contribute</legend>
      <CheckRow
        testId="rule-hidden"
        label="While this tab is hidden"
        hint="Behind another tab or in a minimised window."
        isChecked={rules.servesHidden}
        onChange={(servesHidden) => change({ servesHidden })}
      />
      <CheckRow
        testId="rule-battery"
        label="On battery"
        hint={hintBattery(conditions.value)}
        isChecked={rules.servesOnBattery}
        onChange={(servesOnBattery) => change({ servesOnBattery })}
      />
      <CheckRow
        testId="rule-metered"
        label="On a metered connection"
        hint={hintMetered(connectionTold)}
        isChecked={rules.servesMetered}
        onChange={(servesMetered) => change({ servesMetered })}
      />
      <CheckRow
        testId="rule-schedule"
        label="Only at certain times"
        hint={describeSchedule(rules.schedule)}
        isChecked={rules.schedule !== null}
        onChange={(isOn) => change({ schedule: isOn ? DEFAULT_SCHEDULE : null })}
      />
      {rules.schedule === null ? null : (
        <ScheduleFields schedule={rules.schedule} onChange={(schedule) => change({ schedule })} />
      )}
      <Slider
        id="data-limit"
        label="Data a day at most"
        value={
          rules.dataBytesPerDayMax === null ? 'no limit' : formatBytes(rules.dataBytesPerDayMax)
        }
        hint="Sent, received and downloaded for others, in all tabs of this browser. A download that has begun is finished."
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

function ScheduleFields(props: {
  readonly schedule: Schedule;
  readonly onChange: (schedule: Schedule) => void;
}) {
  const { schedule, onChange } = props;
  return (
    <div class="schedule">
      <fieldset class="schedule-days">
        <legend class="visually-hidden">Days</legend>
        {WEEK.map(({ day, short, long }) => (
          <label key={day} class="day" title={long}>
            <input
              type="checkbox"
              class="visually-hidden"
              checked={schedule.days.includes(day)}
              onChange={(event) => {
                const next = toggleDay(schedule, day);
                // The last day stays chosen, also in the box.
                event.currentTarget.checked = next.days.includes(day);
                onChange(next);
              }}
            />
            <span aria-hidden="true">{short}</span>
            <span class="visually-hidden">{long}</span>
          </label>
        ))}
      </fieldset>
      <div class="schedule-times">
        <TimeField
          label="From"
          minute={schedule.startMinute}
          onChange={(startMinute) => onChange({ ...schedule, startMinute })}
        />
        <TimeField
          label="Until"
          minute={schedule.endMinute}
          onChange={(endMinute) => onChange({ ...schedule, endMinute })}
        />
      </div>
    </div>
  );
}

function TimeField(props: {
  readonly label: string;
  readonly minute: number;
  readonly onChange: (minute: number) => void;
}) {
  return (
    <label class="field">
      <span class="field-label">{props.label}</span>
      <input
        type="time"
        value={formatMinute(props.minute)}
        onChange={(event) => {
          const minute = parseMinute(event.currentTarget.value);
          if (minute !== undefined) props.onChange(minute);
        }}
      />
    </label>
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
