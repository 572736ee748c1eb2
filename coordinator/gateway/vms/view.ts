import { z } from 'zod';
import { formatCpu, formatExactBytes } from '../../../common/model/units.js';
import type { AskedResources } from '../../../common/model/constraint-text.js';
import type { Vm } from './vm.js';

/** A VM of the original, with what its fields had no place for beside. */
export const vmSchema = z.object({
  vmId: z.string(),
  id: z.string().describe('The same.'),
  vmName: z.string(),
  instanceName: z.string().describe('The same.'),
  status: z.enum(['active', 'deploying', 'inactive']).describe('active: it can be deployed to.'),
  publicIp: z.string().nullable(),
  walletAddress: z.string().nullable(),
  minerAddress: z.string().nullable().describe('The same.'),
  assignedAt: z.string(),
  configuration: z.string().describe('What was asked for; empty for whatever there is.'),
  pricePerEpochUsd: z.number().nullable(),
  openPorts: z.array(z.object({ port: z.int(), protocol: z.enum(['tcp', 'udp']) })),
  hostId: z.string().nullable(),
  why: z.object({ reason: z.string(), text: z.string() }),
});

/** Shows a VM. Pure. */
export function vmOf(vm: Vm): z.output<typeof vmSchema> {
  const { id, name, status, account, assignedAtMs, asked, ports, why } = vm;
  const wallet = account === '' ? null : account;
  return {
    ...{ vmId: id, id, vmName: name, instanceName: name, status, publicIp: vm.address ?? null },
    ...{ walletAddress: wallet, minerAddress: wallet, assignedAt: new Date(assignedAtMs).toISOString() },
    configuration: configurationOf(asked),
    pricePerEpochUsd: vm.priceUsd ?? null,
    openPorts: ports.map(({ port, protocol }) => ({ port, protocol })),
    hostId: vm.hostId === '' ? null : vm.hostId,
    why,
  };
}

/** Resources in one text, as they are asked for. */
function configurationOf({ cpuMillis, memoryBytes, diskBytes, gpus }: AskedResources): string {
  const words = [
    ['cpu', cpuMillis && formatCpu(cpuMillis)],
    ['ram', memoryBytes && bytesText(memoryBytes)],
    ['storage', diskBytes && bytesText(diskBytes)],
    ['gpu', gpus && String(gpus)],
  ] as const;
  return words.flatMap(([word, amount]) => (amount ? [`${word}-${amount}`] : [])).join('-');
}

/** `25gb` is 25 GiB. */
function bytesText(bytes: number): string {
  return formatExactBytes(bytes).replace(/([KMGTP])iB$/, (_unit, letter: string) => `${letter.toLowerCase()}b`);
}
