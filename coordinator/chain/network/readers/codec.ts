/** What @polkadot/api decodes by metadata has no type that is known before; it is read by what it offers. */
interface Decoded {
  readonly isSome?: unknown;
  readonly isTrue?: unknown;
  unwrap?(): unknown;
  toBigInt?(): unknown;
  toU8a?(isBare: boolean): unknown;
  toString(): string;
}

/** A field of a decoded struct, an optional one unwrapped; undefined where there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  const struct = unwrapped(value);
  if (typeof struct !== 'object' || struct === null || !(name in struct)) return undefined;
  return unwrapped((struct as Readonly<Record<string, unknown>>)[name]); // that it is in has just been asked
}

/** A decoded whole number. */
export function amountOf(value: unknown): bigint | undefined {
  const amount = decoded(unwrapped(value))?.toBigInt?.();
  return typeof amount === 'bigint' ? amount : undefined;
}

/** A decoded whole number that is small. */
export function countOf(value: unknown): number | undefined {
  const amount = amountOf(value);
  return amount === undefined || amount > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(amount);
}

/** A decoded truth value. */
export function flagOf(value: unknown): boolean | undefined {
  const flag = decoded(unwrapped(value))?.isTrue;
  return typeof flag === 'boolean' ? flag : undefined;
}

/** Decoded bytes, without their length, which those of a varying number begin with. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  const bytes = decoded(unwrapped(value))?.toU8a?.(true);
  return bytes instanceof Uint8Array ? bytes : undefined;
}

/** A decoded value as the library writes it; undefined for none. */
export function textOf(value: unknown): string | undefined {
  return decoded(unwrapped(value))?.toString();
}

/** What an optional value holds; undefined for none. */
function unwrapped(value: unknown): unknown {
  const option = decoded(value);
  if (option === undefined || !('isSome' in option)) return value;
  return option.isSome === true ? option.unwrap?.() : undefined;
}

function decoded(value: unknown): Decoded | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
