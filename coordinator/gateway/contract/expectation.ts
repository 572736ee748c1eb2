import { ScalarType } from '@bufbuild/protobuf';
import type { DescEnum, DescField } from '@bufbuild/protobuf';

const OF_SCALAR: Readonly<Record<ScalarType, string>> = {
  [ScalarType.DOUBLE]: 'a number',
  [ScalarType.FLOAT]: 'a number',
  [ScalarType.INT32]: 'a whole number of 32 bits',
  [ScalarType.SINT32]: 'a whole number of 32 bits',
  [ScalarType.SFIXED32]: 'a whole number of 32 bits',
  [ScalarType.UINT32]: 'a whole number from 0 to 4294967295',
  [ScalarType.FIXED32]: 'a whole number from 0 to 4294967295',
  [ScalarType.INT64]: 'a whole number of 64 bits, as a text of digits',
  [ScalarType.SINT64]: 'a whole number of 64 bits, as a text of digits',
  [ScalarType.SFIXED64]: 'a whole number of 64 bits, as a text of digits',
  [ScalarType.UINT64]: 'a whole number from 0, as a text of digits',
  [ScalarType.FIXED64]: 'a whole number from 0, as a text of digits',
  [ScalarType.BOOL]: 'true or false',
  [ScalarType.STRING]: 'a text',
  [ScalarType.BYTES]: 'bytes in base64',
};

/** What a field wants in JSON, in words. Pure. */
export function expectationOf(field: DescField): string {
  switch (field.fieldKind) {
    case 'scalar':
      return OF_SCALAR[field.scalar];
    case 'enum':
      return `one of ${namesOf(field.enum).join(', ')}`;
    case 'message':
      return `an object as ${field.message.name} has it`;
    case 'list':
      return `a list, of which each item is ${expectationOfItem(field)}`;
    case 'map':
      return 'names with their values; in a query, key=value for each';
  }
}

/** Names of an enum's values, as JSON has them. */
export function namesOf({ values }: DescEnum): string[] {
  return values.map(({ name }) => name);
}

function expectationOfItem(field: DescField & { readonly fieldKind: 'list' }): string {
  switch (field.listKind) {
    case 'scalar':
      return OF_SCALAR[field.scalar];
    case 'enum':
      return `one of ${namesOf(field.enum).join(', ')}`;
    case 'message':
      return `an object as ${field.message.name} has it`;
  }
}
