import { z } from 'zod';
import { bytesField, durationField, strictObject } from '../model/schema/index.js';

const DAY_MS = 86_400_000;
const ANY_AGE = { min: 1000, max: 3650 * DAY_MS };
const ANY_BYTES = { min: 0, max: 2 ** 52 };
const PERCENT = z.number().min(0).max(99);

const imagesField = strictObject({
  budget: bytesField(ANY_BYTES)
    .optional()
    .describe(
      'Bytes of images that Headframe brought; the least recently used go first. Without it there is no bound.',
    ),
  unusedFor: durationField(ANY_AGE).prefault('168h').describe('An image that nothing has used for so long goes.'),
  minAge: durationField({ min: 0, max: ANY_AGE.max })
    .prefault('10m')
    .describe('No image goes sooner than this after its last use, whatever the budget or the disk.'),
  foreign: z
    .boolean()
    .prefault(false)
    .describe('Images that Headframe did not bring go like its own. Never those that any container uses.'),
});

const hygieneField = strictObject({
  enabled: z.boolean().prefault(true).describe('Clears images, logs and ended instances away as below.'),
  interval: durationField({ min: 100, max: DAY_MS }).prefault('1m').describe('Time between two looks.'),
  images: imagesField.prefault({}).describe('Images on the host.'),
  logs: strictObject({
    budget: bytesField(ANY_BYTES)
      .prefault('10GiB')
      .describe('Bytes of logs of all instances, ended ones included; older parts go first.'),
  })
    .prefault({})
    .describe('Logs on the host.'),
  ended: strictObject({
    maxAge: durationField(ANY_AGE).prefault('24h').describe('Containers of ended instances go after this time.'),
    maxCount: z.int().min(0).max(100_000).prefault(200).describe('Most containers of ended instances; the oldest go.'),
  })
    .prefault({})
    .describe('Containers of ended instances, kept for their logs.'),
  disk: strictObject({
    pressureBelow: PERCENT.prefault(10).describe(
      'Percent of the disk free below which the host takes nothing new and clears away early.',
    ),
    relievedAt: PERCENT.prefault(15).describe('Percent of the disk free at which that is over.'),
  })
    .prefault({})
    .describe('Disk of the agent and of the container engine.'),
});

const selfCheckField = strictObject({
  interval: durationField({ min: 100, max: 3_600_000 }).prefault('10s').describe('Time between two self-checks.'),
  engineSilence: durationField({ min: 100, max: 3_600_000 })
    .prefault('30s')
    .describe('A container engine that gives no answer for so long is sick.'),
  stuckAfter: durationField({ min: 100, max: 3_600_000 })
    .prefault('60s')
    .describe('An instance about which the engine gives no answer for so long is restarted.'),
  instanceRestartsPerHour: z.int().min(0).max(1000).prefault(6).describe('Most such restarts of instances an hour.'),
  restartRuntimeCommand: z
    .array(z.string().min(1).max(1024))
    .max(32)
    .prefault([])
    .describe(
      'Restarts a sick container engine, such as `systemctl,restart,docker`; without it the host is only marked.',
    ),
  runtimeRestartsPerHour: z.int().min(0).max(60).prefault(2).describe('Most restarts of the engine an hour.'),
  maxClockSkew: durationField({ min: 100, max: DAY_MS })
    .prefault('30s')
    .describe("Difference between this host's clock and the coordinator's from which the host is marked."),
});

const rebootField = strictObject({
  allowed: z.boolean().prefault(false).describe('Lets operators reboot this host by `headframe hosts reboot`.'),
  command: z
    .array(z.string().min(1).max(1024))
    .min(1)
    .max(32)
    .prefault(['systemctl', 'reboot'])
    .describe('Reboots the machine.'),
});

/** What the agent does for its host's sake. */
export const careFields = {
  hygiene: hygieneField.prefault({}).describe('Clearing away what is no longer needed.'),
  selfCheck: selfCheckField.prefault({}).describe('Noticing what is wrong with the host.'),
  reboot: rebootField.prefault({}).describe('Rebooting the machine.'),
};

/** How an agent cares for its host. */
export interface AgentCareConfig {
  readonly hygiene: Readonly<z.output<typeof hygieneField>>;
  readonly selfCheck: Readonly<z.output<typeof selfCheckField>>;
  readonly reboot: Readonly<z.output<typeof rebootField>>;
}
