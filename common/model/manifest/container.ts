import { z } from 'zod';
import type { ContainerSpec } from '../miner.js';
import { GRANTABLE_CAPABILITIES } from '../privileges.js';
import { strictObject } from '../schema/strict-object.js';
import { LIMITS } from './limits.js';
import { mountField } from './mount.js';
import { portsField } from './port.js';
import { secretField } from './secret.js';
import { argumentField, pathField } from './texts.js';

// Docker's grammar: [registry[:port]/]name[/name...][:tag][@sha256:digest], names in lower case.
const IMAGE =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$/;

const imageField = z
  .string()
  .max(LIMITS.image)
  .regex(IMAGE, 'an image reference, [registry/]name[:tag][@sha256:digest], with a name in lower case');

const envName = z
  .string()
  .max(256)
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'a variable name: letters, digits and _ . -, not beginning with a digit')
  .refine((name) => !name.startsWith('HEADFRAME_'), 'a name not beginning with HEADFRAME_, which the agent sets');

const envField = z
  .record(envName, argumentField)
  .refine((env) => Object.keys(env).length <= LIMITS.envEntries, `at most ${LIMITS.envEntries} variables`);

const userField = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/, 'user, uid, user:group or uid:gid');

const devicesField = z
  .array(pathField.refine((path) => path.startsWith('/dev/'), 'a path below /dev'))
  .max(LIMITS.devices)
  .refine(areUnique, 'different devices');

/** What a container runs. */
export const containerField = strictObject({
  image: imageField
    .optional()
    .describe('Image reference as Docker takes it, with tag or digest; required unless it is built of a module.'),
  command: z
    .array(argumentField)
    .max(LIMITS.commandEntries)
    .prefault([])
    .describe("Replaces the image's entrypoint; empty keeps it."),
  args: z
    .array(argumentField)
    .max(LIMITS.commandEntries)
    .prefault([])
    .describe("Arguments after the entrypoint; empty keeps the image's own."),
  env: envField
    .prefault({})
    .describe('Environment variables. No secrets here, for they would show in listings: see `secrets`.'),
  ports: portsField.prefault([]).describe('Ports to publish on the host.'),
  mounts: z
    .array(mountField)
    .max(LIMITS.mounts)
    .refine((mounts) => areUnique(mounts.map((mount) => mount.target)), 'mounts with different targets')
    .prefault([])
    .describe('Volumes, memory file systems and host paths.'),
  user: userField.optional().describe("User the process runs as; without it the image's own."),
  workdir: pathField.optional().describe("Working directory; without it the image's own."),
  network: z
    .enum(['bridge', 'host', 'none'])
    .prefault('bridge')
    .describe('Own network behind the bridge, the network of the host, or loopback only.'),
  readOnlyRootFilesystem: z
    .boolean()
    .prefault(false)
    .describe(
      "Whether the image's file system may only be read; what is written goes to mounts, such as a `tmpfs` at `/tmp`.",
    ),
  capabilities: z
    .array(z.enum(GRANTABLE_CAPABILITIES))
    .refine(areUnique, 'different capabilities')
    .prefault([])
    .describe("Capabilities beyond the default set, where the coordinator's policy and the agent allow them."),
  devices: devicesField
    .prefault([])
    .describe("Character devices of the host, where the coordinator's policy and the agent allow them."),
  secrets: z
    .array(secretField)
    .max(LIMITS.secrets)
    .prefault([])
    .describe('Secrets as files that only the container reads; never in a variable; see docs/security.md.'),
});

/** The container of a spec: what does not differ from how it always was stays out, so that old specs equal new ones. */
export function containerOf(written: z.output<typeof containerField>): ContainerSpec {
  const {
    image = '',
    user = '',
    workdir = '',
    readOnlyRootFilesystem,
    capabilities,
    devices,
    secrets,
    ...rest
  } = written;
  return {
    image,
    ...rest,
    user,
    workdir,
    ...(readOnlyRootFilesystem ? { readOnlyRootFilesystem } : {}),
    ...(capabilities.length === 0 ? {} : { capabilities }),
    ...(devices.length === 0 ? {} : { devices }),
    ...(secrets.length === 0 ? {} : { secrets }),
  };
}

function areUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
