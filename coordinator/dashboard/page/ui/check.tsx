import type { Signal } from '@preact/signals';

/** A box to be ticked. */
export function Check({ title, isSet }: { readonly title: string; readonly isSet: Signal<boolean> }) {
  return (
    <label class="check">
      <input type="checkbox" checked={isSet.value} onChange={(event) => (isSet.value = event.currentTarget.checked)} />
      {title}
    </label>
  );
}
