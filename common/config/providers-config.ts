import { z } from 'zod';
import { durationField, strictObject } from '../model/schema/index.js';
import { absolutePathField, addressField } from './fields.js';

/** What the installation itself says to an agent. */
const OWN = ['again', 'authority', 'coordinator', 'dry-run', 'host-id', 'join', 'root', 'token', 'token-file', 'wait'];

const settingName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, 'the flag of a setting without its dashes, such as docker-socket')
  .refine((name) => !OWN.includes(name), `none of ${OWN.join(', ')}, which the installation says itself`);

/** Where machines come from beside the fleet itself; parsed to milliseconds. */
export const providersField = strictObject({
  coordinator: addressField
    .optional()
    .describe('Address at which machines that are made hosts reach this coordinator; needed for any of them.'),
  package: absolutePathField
    .optional()
    .describe('Debian package that is installed on machines, as `npm run package` makes it; needed for any of them.'),
  prepareFile: absolutePathField
    .optional()
    .describe(
      'Shell script that root runs on a machine first, such as to install Docker and Node; it may be run again.',
    ),
  agentSettings: z
    .record(
      settingName,
      z
        .string()
        .max(1024)
        .regex(/^[^\0\r\n]*$/, 'one line'),
    )
    .prefault({})
    .describe('Settings of the agents on machines, by their flags: `docker-socket: /run/docker.sock`.'),
  reachTimeout: durationField({ min: 0, max: 86_400_000 })
    .prefault('5m')
    .describe('How long a machine may take to let somebody in for the first time, such as one that is starting.'),
  stepTimeout: durationField({ min: 1000, max: 86_400_000 })
    .prefault('10m')
    .describe('Time for each step on a machine, and for it to be a host once its agent is there.'),
  sshMachinesFile: absolutePathField
    .optional()
    .describe('List of machines that are reached by SSH; without it there are none of the provider ssh.'),
})
  .prefault({})
  .superRefine(({ sshMachinesFile, ...needed }, context) => {
    if (sshMachinesFile === undefined) return;
    for (const name of ['coordinator', 'package'] as const)
      if (needed[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'a value, where sshMachinesFile is given' });
  })
  .transform(({ package: packageFile, reachTimeout, stepTimeout, ...rest }) => ({
    ...rest,
    ...{ packageFile, reachMs: reachTimeout, stepMs: stepTimeout },
  }));

/** Where machines come from. */
export type ProvidersConfig = Readonly<z.output<typeof providersField>>;
