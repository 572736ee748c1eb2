import { z } from 'zod';
import { isAccount } from '../../../common/model/account.js';
import { parseConstraintText } from '../../../common/model/constraint-text.js';
import type { AskedResources } from '../../../common/model/constraint-text.js';
import type { OpenPort } from '../../../common/model/machine.js';
import { strictObject } from '../../../common/model/schema/index.js';
import { requestInvalid } from '../refusals.js';
import type { VmWish } from './vm.js';

/** What a VM is where its wish does not say it. */
export interface VmDefaults {
  readonly configuration: AskedResources;
  readonly maxPriceUsd: number | undefined;
}

const MOST_PORTS = 16;
/** Those of the original: SSH, which hosts of the fleet keep to themselves, and the model's. */
const DEFAULT_PORTS: readonly OpenPort[] = [
  { port: 22, protocol: 'tcp' },
  { port: 3000, protocol: 'tcp' },
];

const accountField = z.string().refine(isAccount, '0.0.N, or an SS58 address with its checksum right');
const nameField = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9._/:@+ -]*$/, 'letters, digits, spaces and . _ / : @ + -, at most 63');

const portsField = z
  .array(strictObject({ port: z.int().min(1).max(65_535), protocol: z.enum(['tcp', 'udp']).prefault('tcp') }))
  .max(MOST_PORTS);

const configurationField = z.string().transform((text, context): AskedResources => {
  const asked = parseConstraintText(text);
  if (asked !== undefined) return asked;
  context.addIssue({ code: 'custom', message: 'resources such as cpu-8-ram-16gb-storage-50gb' });
  return z.NEVER;
});

/** The original took it as a text. */
const priceField = z
  .union([z.string().regex(/^\d{1,9}(?:\.\d{1,6})?$/), z.number().min(0).max(1_000_000_000)], {
    error: 'USD for an epoch, such as "3.0"',
  })
  .transform(Number);

const whoFields = {
  walletAddress: accountField.optional(),
  minerAddress: accountField.optional(),
  address: accountField.optional(),
};

/** Body of a deployment: nothing at all, a wallet alone, or what kind of VM is wanted. */
export const deploySchema = strictObject({
  ...whoFields,
  instanceName: nameField.optional(),
  constraints: strictObject({
    basicConfiguration: configurationField.optional(),
    maxTotalPricePerEpochUsd: priceField.optional(),
  }).prefault({}),
  vmConfiguration: strictObject({ name: nameField.optional(), openPorts: portsField.optional() }).prefault({}),
});

/** Body of an allocation. */
export const allocateSchema = strictObject({ ...whoFields, instanceName: nameField.optional() });

const updateField = strictObject({ id: z.string(), vmName: nameField.optional(), openPorts: portsField.optional() });

/** Body of a change: a list, or a list within an object. */
export const updatesSchema = z
  .union([z.array(updateField), strictObject({ updates: z.array(updateField) })], {
    error: 'a list of {id, vmName?, openPorts?}, or {"updates": [...]}',
  })
  .transform((body) => (Array.isArray(body) ? body : body.updates));

const idsField = z.array(z.string()).max(1_000);

/** Body of an end: ids as a list, or within an object. */
export const removalSchema = z
  .union([idsField, strictObject({ vmIds: idsField }), strictObject({ ids: idsField })], {
    error: 'a list of ids, or {"vmIds": [...]}',
  })
  .transform((body) => (Array.isArray(body) ? body : 'vmIds' in body ? body.vmIds : body.ids));

/** An id in a path. */
export const vmIdSchema = z.object({ id: z.string().min(1).max(63) });

/** What a deployment asks for. Throws `HeadframeError` ('request_invalid') where two wallets are named. Pure. */
export function deployWish(asked: z.output<typeof deploySchema>, defaults: VmDefaults): VmWish {
  const { constraints, vmConfiguration, instanceName = vmConfiguration.name ?? '' } = asked;
  return {
    ...{ name: instanceName, account: accountOf(asked) ?? '', isThere: false },
    asked: { ...defaults.configuration, ...constraints.basicConfiguration },
    maxPriceUsd: constraints.maxTotalPricePerEpochUsd ?? defaults.maxPriceUsd,
    ports: vmConfiguration.openPorts ?? DEFAULT_PORTS,
  };
}

/** What an allocation asks for: a machine that is there, whatever it is. Throws `HeadframeError` ('request_invalid'). Pure. */
export function allocateWish(asked: z.output<typeof allocateSchema>): VmWish {
  const account = accountOf(asked);
  if (account === undefined)
    throw requestInvalid([{ path: 'minerAddress', expected: 'a wallet, as minerAddress, walletAddress or address' }]);
  const { instanceName: name = '' } = asked;
  return { name, account, asked: {}, maxPriceUsd: undefined, ports: DEFAULT_PORTS, isThere: true };
}

type Who = Readonly<Partial<Record<keyof typeof whoFields, string | undefined>>>;

function accountOf(asked: Who): string | undefined {
  const { walletAddress, minerAddress, address } = asked;
  const named = new Set([walletAddress, minerAddress, address].filter((one) => one !== undefined));
  if (named.size > 1)
    throw requestInvalid([{ path: 'walletAddress', expected: 'one wallet; minerAddress and address mean the same' }]);
  return [...named][0];
}
