import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { readOperatorFile } from '../../../common/config/index.js';
import { NO_RESOURCES } from '../../../common/model/resources.js';
import type { Resources } from '../../../common/model/resources.js';
import { bytesField, cpuField, labelsField, strictObject } from '../../../common/model/schema/index.js';
import type { Labels } from '../../../common/model/miner.js';

/** A machine that an operator lets be a host, as their file has it. */
export interface ListedMachine {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  /** As OpenSSH writes it, type and key; undefined where the first one that is shown is believed. */
  readonly hostKey: string | undefined;
  /** What it has, as far as the file says so. */
  readonly size: Resources;
  /** '' where the file does not say. */
  readonly priceUsd: string;
  readonly labels: Labels;
}

const MOST_MACHINES = 10_000;
const MOST_BYTES = 2 ** 50;

const amounts = {
  cpu: cpuField({ min: 1, max: 4_096_000 }).optional(),
  memory: bytesField({ min: 1, max: MOST_BYTES }).optional(),
  disk: bytesField({ min: 1, max: MOST_BYTES }).optional(),
  gpus: z.int().min(0).max(64).optional(),
};

const machineField = strictObject({
  name: z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/, 'a-z, 0-9, "." and "-", at most 63'),
  host: z.string().regex(/^(?!-)[A-Za-z0-9._:-]{1,253}$/, 'a name or an address'),
  port: z.int().min(1).max(65_535).prefault(22),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'the name of a user')
    .prefault('root'),
  keyFile: z
    .string()
    .max(1024)
    .refine((path) => isAbsolute(path) && !/["\\\s%$]/.test(path), 'an absolute path without spaces, quotes, % and $'),
  hostKey: z
    .string()
    .regex(
      /^(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,2000}={0,3}$/,
      'type and key, as ssh-keyscan shows them',
    )
    .optional(),
  trustFirstKey: z.boolean().prefault(false),
  ...amounts,
  priceUsd: z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,6})?$/, 'USD for an epoch, such as "1.5"')
    .optional(),
  labels: labelsField.prefault({}),
})
  .refine(({ hostKey, trustFirstKey }) => (hostKey === undefined) === trustFirstKey, {
    path: ['hostKey'],
    error: 'either a key, or trustFirstKey: true',
  })
  .transform(
    ({
      cpu = 0,
      memory = 0,
      disk = 0,
      gpus = 0,
      priceUsd = '',
      hostKey,
      trustFirstKey: _trusted,
      ...rest
    }): ListedMachine => ({
      ...{ ...rest, hostKey, priceUsd },
      size: { ...NO_RESOURCES, cpuMillis: cpu, memoryBytes: memory, diskBytes: disk, gpus },
    }),
  );

const fileSchema = strictObject({ machines: z.array(machineField).max(MOST_MACHINES) }).refine(
  ({ machines }) => new Set(machines.map(({ name }) => name)).size === machines.length,
  { path: ['machines'], error: 'each name once' },
);

/** Reads the machines that an operator lists. Throws `HeadframeError` (failed_precondition, 'ssh_machines_invalid') with all that is wrong. */
export async function readMachines(path: string): Promise<readonly ListedMachine[]> {
  const terms = { reason: 'ssh_machines_invalid', holds: 'list of machines' } as const;
  return (await readOperatorFile(path, fileSchema, terms)).machines;
}
