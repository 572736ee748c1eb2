import { create, toBinary } from '@bufbuild/protobuf';
import { MachineSchema, MachineState as WireState } from '../../common/gen/headframe/v1/machine_service_pb.js';
import type { Machine, MachineService } from '../../common/gen/headframe/v1/machine_service_pb.js';
import type { Caller } from '../../common/model/caller.js';
import type { MachineRecord, MachineState } from '../../common/model/machine.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { resourcesToWire } from '../../common/wire/client.js';
import { enumTable } from '../../common/wire/enum-table.js';
import { numberToWire } from '../../common/wire/numbers.js';
import { requireNamespace } from '../namespaces/index.js';
import { machineNotFound } from '../providers/index.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import { changeOf, wishOf } from './machine-wishes.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';

type Parts = Pick<HandlerParts, 'fleet' | 'machines' | 'scopes'>;

const STATE = enumTable<MachineState, WireState>({
  allocating: WireState.ALLOCATING,
  active: WireState.ACTIVE,
  releasing: WireState.RELEASING,
  failed: WireState.FAILED,
});

/** The service of machines; those of namespaces that a caller does not see are as if they were not there. */
export function machineService({ fleet, machines, scopes }: Parts): ServiceImplementation<typeof MachineService> {
  const isSeen = ({ namespace }: Pick<MachineRecord, 'namespace'>, caller: Caller): boolean =>
    caller.namespaces === undefined || caller.namespaces.includes(namespace);
  const seen = (id: string, caller: Caller): MachineRecord => {
    const found = fleet.machine(id);
    if (found === undefined || !isSeen(found, caller)) throw machineNotFound(id);
    return found;
  };
  const answered = (machine: MachineRecord): { machine: Machine } => ({ machine: machineToWire(machine) });
  return {
    allocateMachine: async (asked, { caller }) => {
      const wish = wishOf(asked, caller);
      requireNamespace(scopes.of(caller).fleet, wish.namespace);
      return answered(await machines.allocate(wish));
    },
    getMachine: async ({ id }, { caller }) => answered((await readDurably(fleet, () => seen(id, caller))).value),
    listMachines: async ({ account, ...page }, { caller }) => {
      const { value } = await readDurably(fleet, () => {
        const own = [...fleet.machines()].filter((one) => isSeen(one, caller));
        const wanted = account === '' ? own : own.filter((one) => one.account === account);
        return takePage(page, {
          list: 'machines',
          after: (key) => inOrder(wanted, keyOf, key),
          keyOf,
          toItem: machineToWire,
          bytesOf: (item) => toBinary(MachineSchema, item).length,
        });
      });
      return { machines: [...value.items], nextPageToken: value.next };
    },
    changeMachine: async (asked, { caller }) =>
      answered(await machines.change(seen(asked.id, caller).id, changeOf(asked))),
    releaseMachine: async ({ id, stopMiners, forget }, { caller }) =>
      answered(await machines.release(seen(id, caller).id, { by: caller.name, stopMiners, forget })),
    retryMachine: async ({ id }, { caller }) => answered(await machines.retry(seen(id, caller).id)),
  };
}

/** By age: as many digits as a time can have. */
function keyOf({ createdAtMs, id }: MachineRecord): string {
  return `${String(createdAtMs).padStart(16, '0')} ${id}`;
}

function machineToWire(machine: MachineRecord): Machine {
  const { id, name, provider, place, hostId, reason, text, priceUsd, address, account, labels, owner } = machine;
  return create(MachineSchema, {
    ...{ id, name, provider, place, hostId, reason, text, priceUsd, address, account, owner },
    ...{ labels: { ...labels }, namespace: machine.namespace },
    state: STATE.toWire(machine.state),
    atMs: numberToWire(machine.atMs, 'at_ms'),
    asked: resourcesToWire(machine.asked),
    ports: machine.ports.map(({ port, protocol }) => ({ port, udp: protocol === 'udp' })),
    createdAtMs: numberToWire(machine.createdAtMs, 'created_at_ms'),
  });
}
