import { z } from 'zod';
import { nameField } from '../../../common/model/manifest/texts.js';
import { PRIORITY_CLASSES } from '../../../common/model/priority.js';
import { strictObject } from '../../../common/model/schema/index.js';

/** The levels of the seed's two lists, which did not agree, as ours. */
const LEVELS = {
  Background: PRIORITY_CLASSES.background,
  Low: PRIORITY_CLASSES.low,
  Medium: PRIORITY_CLASSES.normal,
  High: PRIORITY_CLASSES.high,
  Critical: PRIORITY_CLASSES.critical,
} as const;

const levelField = z.enum(['Background', 'Low', 'Medium', 'High', 'Critical']).transform((level) => LEVELS[level]);

const amountField = z
  .union([z.int().min(0), z.string().regex(/^\d{1,30}$/)], {
    error: 'an amount in the smallest unit: a whole number, as a text of digits beyond 9007199254740991',
  })
  .transform(String);

const limitsField = strictObject({
  cpu_cores: z.number().min(0.01).max(1_024).optional(),
  memory_mb: z
    .int()
    .min(1)
    .max(2 ** 24)
    .optional(),
  storage_gb: z
    .int()
    .min(1)
    .max(2 ** 20)
    .optional(),
});

/** `ResourceLimits`, of which any may be left out. */
export type SeedLimits = z.output<typeof limitsField>;

const chainField = strictObject({
  network: nameField,
  netuid: z.int().min(0).max(65_535),
  wallet: nameField,
  hotkey: z.string().max(100),
});

/** A name in a path or query. */
export const namedSchema = z.object({ name: nameField });

/** Body of a registration: `MinerConfig`, and what it lacks to be run anywhere. */
export const registerSchema = strictObject({
  module_name: nameField,
  initial_stake: amountField.optional(),
  config: strictObject({
    module_name: nameField.optional(),
    stake_amount: amountField.optional(),
    auto_restake: z
      .literal(true, { error: 'true: the chain stakes rewards by itself; PUT …/stake has them sold' })
      .optional(),
    priority_level: levelField.optional(),
    resource_limits: limitsField.optional(),
    role: z.string().max(100).prefault('miner'),
    settings: z.record(z.string(), z.string()).prefault({}),
    secrets: z.record(z.string(), z.string()).prefault({}),
    chain: chainField.optional(),
  }).prefault({}),
});

/** What a registration asks. */
export type Registration = z.output<typeof registerSchema>;

/** Body of a start. */
export const startSchema = strictObject({
  priority_level: levelField.optional(),
  resource_limits: limitsField.optional(),
});

/** What a start changes of the miner. */
export type StartChange = z.output<typeof startSchema>;

/** Body of a new stake. */
export const stakeSchema = strictObject({ new_stake: amountField, auto_restake: z.boolean().optional() });

/** What somebody wants staked. */
export type StakeWish = z.output<typeof stakeSchema>;
