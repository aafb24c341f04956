export interface SliderProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly isDisabled: boolean;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly position: number;
  readonly onMove: (position: number) => void;
}

/** A range with its value in words, which screen readers say. */
export function Slider(props: SliderProps) {
  return (
    <div class="field">
      <span class="field-label">
        <label for={props.id}>{props.label}</label>
        <output for={props.id}>{props.value}</output>
      </span>
      <input
        id={props.id}
        type="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.position}
        disabled={props.isDisabled}
        aria-valuetext={props.value}
        aria-describedby={`${props.id}-hint`}
        onInput={(event) => props.onMove(event.currentTarget.valueAsNumber)}
      />
      <span class="field-hint" id={`${props.id}-hint`}>
        {props.hint}
      </span>
    </div>
  );
}
