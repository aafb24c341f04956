import type { Schedule } from '@manyhands/peer/volunteer/schedule';
import { formatMinute, parseMinute, SHORTCUTS, toggleDay } from '../state/guest-rules.ts';
import { describeSchedule, listOpenHours, listWeek } from '../state/guest-view.ts';
import { t } from '../strings/language.ts';

export interface ScheduleFieldsProps {
  readonly schedule: Schedule;
  readonly onChange: (schedule: Schedule) => void;
}

/** The times of a week: often chosen ones, its days, from when until when, and what that looks like. */
export function ScheduleFields({ schedule, onChange }: ScheduleFieldsProps) {
  return (
    <div class="schedule">
      <fieldset class="schedule-shortcuts">
        <legend class="visually-hidden">{t('guest.schedule.shortcuts')}</legend>
        {Object.entries(SHORTCUTS).map(([name, times]) => (
          <button
            key={name}
            type="button"
            class="button button-small"
            onClick={() => onChange(times)}
          >
            {t(`guest.schedule.${name as keyof typeof SHORTCUTS}`)}
          </button>
        ))}
      </fieldset>
      <fieldset class="schedule-days">
        <legend class="visually-hidden">{t('guest.schedule.days')}</legend>
        {listWeek().map(({ day, short, long }) => (
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
          label={t('guest.schedule.from')}
          minute={schedule.startMinute}
          onChange={(startMinute) => onChange({ ...schedule, startMinute })}
        />
        <TimeField
          label={t('guest.schedule.until')}
          minute={schedule.endMinute}
          onChange={(endMinute) => onChange({ ...schedule, endMinute })}
        />
      </div>
      <WeekPicture schedule={schedule} />
    </div>
  );
}

/** Seven days as lines, open hours filled: also those after midnight of the day before. */
function WeekPicture({ schedule }: { readonly schedule: Schedule }) {
  const label = t('guest.schedule.week', { sentence: describeSchedule(schedule) });
  return (
    <div class="week" role="img" aria-label={label}>
      {listWeek().map(({ day, short }) => (
        <div key={day} class="week-day">
          <span>{short}</span>
          <span class="week-line">
            {listOpenHours(schedule, day).map(({ start, end }) => (
              <span
                key={start}
                style={{
                  insetInlineStart: `${start * 100}%`,
                  inlineSize: `${(end - start) * 100}%`,
                }}
              />
            ))}
          </span>
        </div>
      ))}
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
