import { z } from 'zod';
import { durationField, strictObject } from '../model/schema/index.js';
import { absolutePathField, addressField } from './fields.js';

/** What the installation itself says to an agent. */
const OWN = ['again', 'authority', 'coordinator', 'dry-run', 'host-id', 'join', 'root', 'token', 'token-file', 'wait'];

const settingName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/, 'the flag of a setting without its dashes, such as docker-socket')
  .refine((name) => !OWN.includes(name), `none of ${OWN.join(', ')}, which the installation says itself`);

const fluenceField = strictObject({
  apiKeyFile: absolutePathField
    .optional()
    .describe('File with the API key, in one line; read anew with each call. Without it nothing is rented.'),
  url: z
    .string()
    .max(300)
    .regex(/^https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?$/, 'https:// and a host, without a path')
    .prefault('https://api.fluence.dev')
    .describe('Where the API is.'),
  keyFile: absolutePathField
    .optional()
    .describe('Private key of SSH by which VMs are entered; its public half is in the file of that name with .pub.'),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'the name of a user')
    .prefault('ubuntu')
    .describe('User of the image who may become root by sudo.'),
  osImage: z
    .string()
    .max(1000)
    .regex(/^https:\/\/\S+$/, 'https://')
    .prefault('https://cloud-images.ubuntu.com/releases/22.04/release/ubuntu-22.04-server-cloudimg-amd64.img')
    .describe('Image of the VMs.'),
  maxPrice: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('The most that a VM may cost, in USD for a day, whatever is asked for.'),
  mostMachines: z.int().min(1).max(1_000).prefault(1).describe('VMs that may be rented at once.'),
  launchTimeout: durationField({ min: 1000, max: 86_400_000 })
    .prefault('20m')
    .describe('How long a VM may take to start, and to end.'),
  trustFirstKey: z
    .boolean()
    .prefault(false)
    .describe('Whether the first host key that a VM shows is believed, and kept: Fluence does not tell it.'),
}).prefault({});

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
  fluence: fluenceField.describe('VMs that are rented from Fluence. Written to its documents, and not verified live.'),
})
  .prefault({})
  .superRefine(({ fluence }, context) => {
    if (fluence.apiKeyFile === undefined) return;
    for (const name of ['keyFile', 'maxPrice'] as const)
      if (fluence[name] === undefined)
        context.addIssue({ code: 'custom', path: ['fluence', name], message: 'a value, where apiKeyFile is given' });
    if (!fluence.trustFirstKey)
      context.addIssue({
        ...{ code: 'custom', path: ['fluence', 'trustFirstKey'] },
        message: 'true, for no other key of a VM is known',
      });
  })
  .superRefine(({ sshMachinesFile, fluence, ...needed }, context) => {
    if (sshMachinesFile === undefined && fluence.apiKeyFile === undefined) return;
    for (const name of ['coordinator', 'package'] as const)
      if (needed[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'a value, where machines are made hosts' });
  })
  .transform(({ package: packageFile, reachTimeout, stepTimeout, ...rest }) => ({
    ...rest,
    ...{ packageFile, reachMs: reachTimeout, stepMs: stepTimeout },
  }));

/** Where machines come from. */
export type ProvidersConfig = Readonly<z.output<typeof providersField>>;
