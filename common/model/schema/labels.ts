import { z } from 'zod';

/** Most labels of one miner or host, and characters of a key or value. */
const MOST_LABELS = 64;
const LONGEST = 63;

/** A label's key. */
export const labelKeyField = z
  .string()
  .max(LONGEST)
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/,
    'a key of letters, digits and . _ / - inside, at most 63 characters',
  );

const labelValue = z
  .string()
  .max(LONGEST)
  .regex(/^[A-Za-z0-9._/:@+ -]*$/, 'letters, digits, spaces and . _ / : @ + -');

/** Labels of a miner or host: at most 64. */
export const labelsField = z
  .record(labelKeyField, labelValue)
  .refine((labels) => Object.keys(labels).length <= MOST_LABELS, `at most ${MOST_LABELS} labels`);
