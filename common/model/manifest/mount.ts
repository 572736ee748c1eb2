import { z } from 'zod';
import type { MountSpec } from '../miner.js';
import { bytesField } from '../schema/amounts.js';
import { strictObject } from '../schema/strict-object.js';
import { LIMITS } from './limits.js';
import { pathField } from './texts.js';

const volumeName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]+$/, 'a volume name: at least two letters, digits and _ . -');

/** Something mounted into the container from exactly one source. */
export const mountField = strictObject({
  target: pathField.describe('Where it is mounted inside the container.'),
  volume: volumeName.optional().describe('Named volume that outlives the instance, one on each host.'),
  tmpfs: bytesField(LIMITS.tmpfsBytes)
    .optional()
    .describe('Memory file system of this size; counts against the memory limit.'),
  hostPath: pathField
    .optional()
    .describe('Path on the host, where the policy of the coordinator and the agent allow it.'),
  readOnly: z.boolean().prefault(false).describe('Whether the container may only read it.'),
}).transform((mount, context): MountSpec => {
  const { target, readOnly, volume, tmpfs, hostPath } = mount;
  const sources: MountSpec[] = [];
  if (volume !== undefined) sources.push({ target, readOnly, kind: 'volume', volume });
  if (tmpfs !== undefined) sources.push({ target, readOnly, kind: 'tmpfs', sizeBytes: tmpfs });
  if (hostPath !== undefined) sources.push({ target, readOnly, kind: 'hostPath', hostPath });
  const [source] = sources;
  if (source !== undefined && sources.length === 1) return source;
  const params = { remedy: 'A mount has one source: volume, tmpfs or hostPath.' };
  context.addIssue({ code: 'custom', message: 'exactly one of volume, tmpfs, hostPath', params });
  return z.NEVER;
});
