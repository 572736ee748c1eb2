import { z } from 'zod';
import type { Constraint, Strategy } from '../miner.js';
import { DISK_CLASSES } from '../plot-folder.js';
import { CHALLENGE_TYPES } from '../verdict.js';
import { labelKeyField } from '../schema/labels.js';
import { strictObject } from '../schema/strict-object.js';
import { LIMITS } from './limits.js';

const HOST_ATTRIBUTES = ['host.id', 'host.name', 'host.arch', 'host.os', 'host.runtime', 'host.verified'];
const PLOT_ATTRIBUTES = ['plots.class', 'plots.count', 'plots.bytes', 'plots.disks', 'plots.free'];
const ATTRIBUTES = [...HOST_ATTRIBUTES, ...PLOT_ATTRIBUTES];
const classes: readonly string[] = DISK_CLASSES;
const types: readonly string[] = CHALLENGE_TYPES;
const attributeExpected = `labels.<key> or one of ${ATTRIBUTES.join(', ')}`;

const attributeField = z
  .string()
  .max(80)
  .refine(
    (name) =>
      ATTRIBUTES.includes(name) ||
      (name.startsWith('labels.') && labelKeyField.safeParse(name.slice('labels.'.length)).success),
    attributeExpected,
  );

// A whole number has one decimal form, so it needs no quotes; 1.10 would silently become 1.1.
const valueField = z
  .union([z.string().max(LIMITS.constraintValue), z.int()], { error: 'text or a whole number' })
  .transform(String);

const constraintShape = {
  attribute: attributeField.describe(`What is looked at: ${attributeExpected}.`),
  operator: z
    .enum(['in', 'notIn', 'exists', 'notExists', 'greater', 'less'])
    .prefault('in')
    .describe('How it is compared; greater and less compare numbers.'),
  values: z
    .array(valueField)
    .max(LIMITS.constraintValues)
    .prefault([])
    .describe(
      'What it is compared with: any of them for in and notIn (of host.verified all of them for in), one number for greater and less.',
    ),
};

/** A test that must hold on a host. */
export const constraintField = strictObject(constraintShape).superRefine(checkValues);

/** A test that should hold on a host, with a weight. */
export const affinityField = strictObject({
  ...constraintShape,
  weight: z
    .int()
    .min(-100)
    .max(100)
    .refine((weight) => weight !== 0, 'a weight other than 0')
    .prefault(50)
    .describe('How much a host gains where the test holds; below zero it loses.'),
}).superRefine(checkValues);

const strategyKind = z.enum(['balance', 'spread', 'consolidate']);

/** How instances are laid over hosts. */
export const strategyField = z.union([
  strategyKind.transform((kind): Strategy => ({ kind, spreadBy: '', perHostCap: 0 })),
  strictObject({
    kind: strategyKind
      .prefault('balance')
      .describe('Least loaded hosts first, levelled over a label, or as few hosts as possible.'),
    spreadBy: labelKeyField
      .optional()
      .describe('Label whose values `spread` levels over, such as rack; without it the host itself.'),
    perHostCap: z
      .int()
      .min(0)
      .max(LIMITS.replicas)
      .prefault(0)
      .describe('Most instances of the miner on one host; 0 means no cap.'),
  })
    .refine(({ kind, spreadBy }) => spreadBy === undefined || kind === 'spread', {
      path: ['spreadBy'],
      error: 'absent unless the kind is spread',
    })
    .transform((strategy): Strategy => ({ ...strategy, spreadBy: strategy.spreadBy ?? '' })),
]);

function checkValues(constraint: Constraint, context: z.RefinementCtx): void {
  const expected = expectedValues(constraint);
  if (expected !== undefined) context.addIssue({ code: 'custom', path: ['values'], message: expected });
}

function expectedValues({ attribute, operator, values }: Constraint): string | undefined {
  if (attribute === 'host.verified' && values.some((value) => !types.includes(value)))
    return `some of ${types.join(', ')}, with in, notIn or exists`;
  if (attribute === 'plots.class' && values.some((value) => !classes.includes(value)))
    return `some of ${classes.join(', ')}, with in, notIn or exists`;
  switch (operator) {
    case 'in':
    case 'notIn':
      return values.length > 0 ? undefined : 'at least one value';
    case 'exists':
    case 'notExists':
      return values.length === 0 ? undefined : `no values with ${operator}`;
    case 'greater':
    case 'less':
      return values.length === 1 && /^-?\d+(?:\.\d+)?$/.test(values[0] ?? '') ? undefined : 'one number';
  }
}
