import { z } from 'zod';

/** Joins the known names in the message of an unknown-field issue, where `violationsOf` finds them again. */
export const KNOWN_NAMES_SEPARATOR = ', ';

/** An object whose unknown fields are errors that name the known ones. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(KNOWN_NAMES_SEPARATOR);
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined) });
}
