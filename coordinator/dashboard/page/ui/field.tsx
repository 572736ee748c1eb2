import type { ComponentChildren } from 'preact';

/** A field of a form. */
interface FieldProps {
  readonly name: string;
  readonly title: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** Shown once somebody has tried to go on. */
  readonly fault?: string | undefined;
  readonly hint?: ComponentChildren;
  readonly type?: 'text' | 'number' | 'url';
  readonly rows?: number;
  readonly list?: string;
}

/** A field with what it is called, what is meant, and what is wrong with it. */
export function Field({ name, title, value, onValue, fault, hint, type = 'text', rows, list }: FieldProps) {
  const about = fault !== undefined || hint !== undefined ? `${name}-about` : undefined;
  const shared = {
    ...{ id: name, name, value, spellcheck: false, autocomplete: 'off', 'aria-describedby': about },
    'aria-invalid': fault !== undefined,
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => {
      onValue(event.currentTarget.value);
    },
  };
  return (
    <div class="field">
      <label for={name}>{title}</label>
      {rows === undefined ? (
        <input type={type} inputMode={type === 'number' ? 'decimal' : undefined} step="any" list={list} {...shared} />
      ) : (
        <textarea rows={rows} {...shared} />
      )}
      {fault === undefined ? (
        hint !== undefined && <small id={about}>{hint}</small>
      ) : (
        <small id={about} class="fault">
          {fault}
        </small>
      )}
    </div>
  );
}
