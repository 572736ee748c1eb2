import { z } from 'zod';
import type {
  AllocateMachineRequest,
  ChangeMachineRequest,
  OpenPort as WirePort,
} from '../../common/gen/headframe/v1/machine_service_pb.js';
import { isAccount } from '../../common/model/account.js';
import type { Caller } from '../../common/model/caller.js';
import type { OpenPort } from '../../common/model/machine.js';
import { labelsField } from '../../common/model/schema/index.js';
import { resourcesFromWire } from '../../common/wire/client.js';
import type { MachineChange, MachineWish } from '../providers/index.js';
import { checked } from './checked.js';
import { ownNamespace } from './own-namespace.js';

const MOST_PORTS = 16;

const nameField = z
  .string()
  .regex(/^[A-Za-z0-9._/:@+ -]{0,63}$/, 'letters, digits, spaces and . _ / : @ + -, at most 63');
const accountField = z
  .string()
  .refine((text) => text === '' || isAccount(text), '0.0.N, or an SS58 address with its checksum right');
const portsField = z
  .array(z.object({ port: z.int().min(1).max(65_535), udp: z.boolean() }))
  .max(MOST_PORTS)
  .transform(opened);
const priceField = z
  .string()
  .regex(/^(?:\d{1,9}(?:\.\d{1,6})?)?$/, 'USD for an epoch, such as 1.5')
  .transform((text) => (text === '' ? undefined : Number(text)));

const wishSchema = z.object({
  provider: z.string().max(40),
  name: nameField,
  maxPriceUsd: priceField,
  labels: labelsField,
  ports: portsField,
  account: accountField,
});

const changeSchema = z.object({
  name: nameField.optional(),
  account: accountField.optional(),
  ports: portsField.optional(),
});

/** What is asked for. Throws `HeadframeError` (invalid_argument, 'request_invalid') by field. */
export function wishOf(asked: AllocateMachineRequest, caller: Caller): MachineWish {
  const { provider, name, maxPriceUsd, labels, ports, account } = asked;
  const wish = checked(wishSchema, { provider, name, maxPriceUsd, labels, ports: plain(ports), account });
  const namespace = asked.namespace === '' ? ownNamespace(caller) : asked.namespace;
  return { ...wish, asked: resourcesFromWire(asked.asked, 'asked'), owner: caller.name, namespace };
}

/** What is to change. Throws as `wishOf` does. */
export function changeOf({ name, account, ports }: ChangeMachineRequest): MachineChange {
  return checked(changeSchema, { name, account, ports: ports && plain(ports.ports) });
}

function plain(ports: readonly WirePort[]): { port: number; udp: boolean }[] {
  return ports.map(({ port, udp }) => ({ port, udp }));
}

function opened(ports: readonly { readonly port: number; readonly udp: boolean }[]): OpenPort[] {
  return ports.map(({ port, udp }) => ({ port, protocol: udp ? 'udp' : 'tcp' }));
}
