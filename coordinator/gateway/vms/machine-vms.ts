import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import type { Host } from '../../../common/gen/headframe/v1/host_pb.js';
import { HostService } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { MachineService, MachineState } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import type { Machine } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { OpenPort } from '../../../common/model/machine.js';
import { servableOf } from '../../chain/registration/index.js';
import type { CallMethod } from '../route.js';
import type { Vm, VmChange, VmWish } from './vm.js';

const { allocateMachine, changeMachine, getMachine, listMachines, releaseMachine } = MachineService.method;
const { getHost, listHosts } = HostService.method;

const LIST_PAGE = 1_000;
/** Where machines come from that are there already. */
const FLEET = 'fleet';

/** Lists the VMs that a caller sees, in the order in which they were given out. Throws `HeadframeError`, as all here do. */
export async function listVms(call: CallMethod, account: string): Promise<readonly Vm[]> {
  const machines = await all(async (pageToken) => {
    const page = await call(listMachines, { pageSize: LIST_PAGE, pageToken, account });
    return { items: page.machines, next: page.nextPageToken };
  });
  if (machines.length === 0) return [];
  const hosts = await all(async (pageToken) => {
    const page = await call(listHosts, { pageSize: LIST_PAGE, pageToken });
    return { items: page.hosts, next: page.nextPageToken };
  });
  const byId = new Map(hosts.map((host) => [host.id, host]));
  return machines.map((machine) => vmOfMachine(machine, byId.get(machine.hostId)));
}

/** Shows a VM. */
export async function getVm(call: CallMethod, id: string): Promise<Vm> {
  return seen(call, (await call(getMachine, { id })).machine);
}

/** Gives a VM out. */
export async function allocateVm(call: CallMethod, { isThere, asked, ...wish }: VmWish): Promise<Vm> {
  const { cpuMillis = 0, memoryBytes = 0, diskBytes = 0, gpus = 0 } = asked;
  const { machine } = await call(allocateMachine, {
    provider: isThere ? FLEET : '',
    ...{ name: wish.name, account: wish.account, ports: wish.ports.map(portToWire) },
    asked: { cpuMillis, memoryBytes: BigInt(memoryBytes), diskBytes: BigInt(diskBytes), gpus },
    maxPriceUsd: wish.maxPriceUsd === undefined ? '' : String(wish.maxPriceUsd),
  });
  return seen(call, machine);
}

/** Changes what is known of a VM. */
export async function changeVm(call: CallMethod, id: string, { name, ports }: VmChange): Promise<void> {
  await call(changeMachine, {
    id,
    ...(name === undefined ? {} : { name }),
    ...(ports === undefined ? {} : { ports: { ports: ports.map(portToWire) } }),
  });
}

/** Gives a VM back; what was deployed there ends first. */
export async function releaseVm(call: CallMethod, id: string): Promise<void> {
  await call(releaseMachine, { id, stopMiners: true });
}

async function seen(call: CallMethod, machine: Machine | undefined): Promise<Vm> {
  if (machine === undefined) throw new Error('an answer lacks its machine');
  if (machine.hostId === '') return vmOfMachine(machine, undefined);
  const { host } = await call(getHost, { host: machine.hostId }).catch((error: unknown) => {
    // It may have left the fleet by itself.
    if (error instanceof HeadframeError && error.code === 'not_found') return { host: undefined };
    throw error;
  });
  return vmOfMachine(machine, host);
}

/** A machine and its host as a VM: active is what can be deployed to now. Pure. */
function vmOfMachine(machine: Machine, host: Host | undefined): Vm {
  const { id, name, hostId, account, namespace, ports, asked, createdAtMs, priceUsd } = machine;
  const { memoryBytes = 0n, diskBytes = 0n, cpuMillis = 0, gpus = 0 } = asked ?? {};
  const address = machine.address === '' ? servableOf(host?.facts?.addresses ?? []) : machine.address;
  return {
    ...{ id, name, hostId, account, namespace, address },
    ...standingOf(machine, host),
    priceUsd: priceUsd === '' ? undefined : Number(priceUsd),
    asked: { cpuMillis, memoryBytes: Number(memoryBytes), diskBytes: Number(diskBytes), gpus },
    ports: ports.map(({ port, udp }): OpenPort => ({ port, protocol: udp ? 'udp' : 'tcp' })),
    assignedAtMs: Number(createdAtMs),
  };
}

function standingOf(machine: Machine, host: Host | undefined): Pick<Vm, 'status' | 'why'> {
  const { state, reason, text } = machine;
  if (state !== MachineState.ACTIVE)
    return { status: state === MachineState.ALLOCATING ? 'deploying' : 'inactive', why: { reason, text } };
  if (host === undefined) return { status: 'inactive', why: { reason: 'machine_host_gone', text: 'its host is gone' } };
  const isReady = host.state === HostState.READY && !host.cordoned && !host.draining;
  if (isReady) return { status: 'active', why: { reason, text } };
  return { status: 'inactive', why: { reason: host.reason, text: host.text } };
}

function portToWire({ port, protocol }: OpenPort): { port: number; udp: boolean } {
  return { port, udp: protocol === 'udp' };
}

async function all<T>(
  pageAfter: (token: string) => Promise<{ readonly items: readonly T[]; readonly next: string }>,
): Promise<T[]> {
  const found: T[] = [];
  let token = '';
  do {
    const { items, next } = await pageAfter(token);
    found.push(...items);
    token = next;
  } while (token !== '');
  return found;
}
