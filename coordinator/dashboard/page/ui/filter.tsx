import type { Signal } from '@preact/signals';

/** What a list is narrowed by. */
interface FilterProps {
  readonly text: Signal<string>;
  readonly name: string;
  readonly shown: number;
  readonly all: number;
}

/** A field for words that the rows have to have; it says how many are left. */
export function Filter({ text, name, shown, all }: FilterProps) {
  return (
    <div class="filter">
      <input
        type="search"
        aria-label={name}
        placeholder={name}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <span class="muted" role="status">
        {shown === all ? all : `${String(shown)} of ${String(all)}`}
      </span>
    </div>
  );
}
