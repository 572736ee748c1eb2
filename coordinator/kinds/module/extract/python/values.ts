/** What is known of a Python value without running anything. */
export type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'integer' | 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly text: 'true' | 'false' }
  | { readonly kind: 'none' }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'dictionary'; readonly entries: ReadonlyMap<string, Value> };

/** Longest text that is put together. */
const MOST_CHARS = 20_000;

/** A text as a value; undefined for one that is too long. */
export function textValue(text: string): Value | undefined {
  return text.length > MOST_CHARS ? undefined : { kind: 'text', text };
}

/** A number as a value, an integer where it is one. */
export function numberValue(amount: number, isFloat: boolean): Value | undefined {
  if (!Number.isFinite(amount)) return undefined;
  if (!isFloat && Number.isSafeInteger(amount)) return { kind: 'integer', text: String(amount) };
  return isFloat ? { kind: 'number', text: String(amount) } : undefined;
}

/** A value as the text of a default: lists joined by commas; undefined for None and dictionaries. */
export function plainText(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined;
  switch (value.kind) {
    case 'none':
    case 'dictionary':
      return undefined;
    case 'list': {
      const texts = value.items.map(plainText);
      return texts.includes(undefined) ? undefined : texts.join(',');
    }
    default:
      return value.text;
  }
}

/** The texts of a list's items or a dictionary's keys, for choices. */
export function textsOf(value: Value | undefined): string[] {
  if (value?.kind === 'dictionary') return [...value.entries.keys()];
  return value?.kind === 'list' ? value.items.flatMap((item) => plainText(item) ?? []) : [];
}
