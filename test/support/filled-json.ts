import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';

/** What messages are filled with. */
export interface Filling {
  /** Every text, and every key of a map. */
  readonly text: string;
  /** From 1: which value of an enum, which one of a oneof, and whether a flag is set. */
  readonly variant: number;
}

/** JSON as the gateway writes it. */
export type Filled = Readonly<Record<string, unknown>>;

/** Below it messages hold no further messages, for some hold their own kind. */
const MOST_DEPTH = 8;
const LONG = [
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
] as readonly ScalarType[];

/** A message of the contract as JSON with something in every field, so that nothing that it may ever tell is left out. */
export function filledJson(desc: DescMessage, filling: Filling, depth = 0): Filled {
  const { variant } = filling;
  const chosen = new Set(desc.oneofs.map(({ fields }) => fields[variant % fields.length]));
  const fields = desc.fields.filter((field) => field.oneof === undefined || chosen.has(field));
  return Object.fromEntries(fields.map((field) => [field.jsonName, valueOf(field, filling, depth)]));
}

function valueOf(field: DescField, filling: Filling, depth: number): unknown {
  // There is no further page, or it would be asked for without end.
  if (field.name === 'next_page_token') return '';
  const { text } = filling;
  switch (field.fieldKind) {
    case 'scalar':
      return scalarOf(field.scalar, filling);
    case 'enum':
      return nameIn(field.enum, filling);
    case 'message':
      return messageOf(field.message, filling, depth);
    case 'list':
      return [itemOf(field, filling, depth)];
    case 'map':
      return { [field.mapKey === ScalarType.STRING ? text : '1']: itemOf(field, filling, depth) };
  }
}

function itemOf(field: DescField & { fieldKind: 'list' | 'map' }, filling: Filling, depth: number): unknown {
  if (field.scalar !== undefined) return scalarOf(field.scalar, filling);
  return field.enum === undefined ? messageOf(field.message, filling, depth) : nameIn(field.enum, filling);
}

function messageOf(desc: DescMessage, filling: Filling, depth: number): Filled {
  return depth < MOST_DEPTH ? filledJson(desc, filling, depth + 1) : {};
}

function scalarOf(scalar: ScalarType, { text, variant }: Filling): unknown {
  if (scalar === ScalarType.STRING) return text;
  if (scalar === ScalarType.BOOL) return variant % 2 === 0;
  if (scalar === ScalarType.BYTES) return Buffer.from(text).toString('base64');
  return LONG.includes(scalar) ? String(variant) : variant;
}

/** The first is always that nothing is said. */
function nameIn({ values }: DescEnum, { variant }: Filling): string {
  const said = values.slice(1);
  return said[(variant - 1) % said.length]?.name ?? '';
}
