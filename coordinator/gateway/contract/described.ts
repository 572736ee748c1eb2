import type { DescEnum, DescEnumValue, DescField, DescMessage, DescMethod } from '@bufbuild/protobuf';
import { COMMENTS } from '../../../common/gen/comments.js';

/** Something of the contract that may have a comment there. */
type Commented = DescMessage | DescEnum | DescEnumValue | DescField | DescMethod;

/** What the contract says of it, as a part of its schema; nothing where that has no words of its own. Pure. */
export function described(desc: Commented): { readonly description?: string } {
  const description = commentOf(desc);
  return description === undefined ? {} : { description };
}

/** The same of an enum, with what each of its values means. Pure. */
export function describedEnum(desc: DescEnum): { readonly description?: string } {
  const values = desc.values.flatMap((value) => {
    const text = commentOf(value);
    return text === undefined ? [] : [`- \`${value.name}\`: ${text}`];
  });
  const own = commentOf(desc);
  const parts = [...(own === undefined ? [] : [own]), ...(values.length === 0 ? [] : [values.join('\n')])];
  return parts.length === 0 ? {} : { description: parts.join('\n\n') };
}

function commentOf(desc: Commented): string | undefined {
  return COMMENTS['typeName' in desc ? desc.typeName : `${desc.parent.typeName}.${desc.name}`];
}
