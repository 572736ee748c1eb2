/** A choice of a few. */
interface SelectProps {
  readonly name: string;
  readonly title: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly options: readonly (readonly [string, string])[];
  /** Nothing that can be chosen is wrong. */
  readonly fault?: string | undefined;
}

/** One of a few, with what it is called. */
export function Select({ name, title, value, onValue, options }: SelectProps) {
  return (
    <div class="field">
      <label for={name}>{title}</label>
      <select
        id={name}
        name={name}
        value={value}
        onChange={(event) => {
          onValue(event.currentTarget.value);
        }}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
