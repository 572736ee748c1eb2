import { MachineState } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import type { Machine } from '../../../common/gen/headframe/v1/machine_service_pb.js';
import { formatBytes, formatCpu } from '../../../common/model/units.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, pairsCell, timeCell } from './cells.js';

/** A coordinator of a newer version may say what is not known here. */
const STATE: ReadonlyMap<MachineState, Cell> = new Map<MachineState, Cell>([
  [MachineState.ALLOCATING, { text: 'allocating', tone: 'warn' }],
  [MachineState.ACTIVE, { text: 'active', tone: 'good' }],
  [MachineState.RELEASING, { text: 'releasing', tone: 'faint' }],
  [MachineState.FAILED, { text: 'failed', tone: 'bad' }],
]);

/** The table of `machines ls`. */
export function machinesView(machines: readonly Machine[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(columns(viewing), machines, viewing.wide), empty: 'No machines.' }];
}

/** All of one machine. */
export function machineView(machine: Machine, { nowMs }: Viewing): View {
  const facts: [string, Cell][] = [
    ['id', machine.id],
    ['name', machine.name],
    ['state', stateCell(machine)],
    ['why', `${machine.reason}: ${machine.text}`],
    ['provider', machine.provider],
    ['place', machine.place || NOTHING],
    ['host', machine.hostId || NOTHING],
    ['address', machine.address || NOTHING],
    ['asked', askedCell(machine)],
    ['price', machine.priceUsd === '' ? NOTHING : `${machine.priceUsd} USD`],
    ['account', machine.account || NOTHING],
    ['owner', machine.owner],
    ['namespace', machine.namespace],
    ['labels', pairsCell(machine.labels)],
    ['ports', machine.ports.map(({ port, udp }) => `${String(port)}${udp ? '/udp' : ''}`).join(', ') || NOTHING],
    ['since', timeCell(Number(machine.atMs))],
    ['age', ageCell(Number(machine.createdAtMs), nowMs)],
  ];
  return [{ kind: 'facts', facts }];
}

function columns({ nowMs }: Viewing): Column<Machine>[] {
  return [
    { title: 'MACHINE', cell: ({ id }) => id },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'STATE', cell: stateCell },
    { title: 'PROVIDER', cell: ({ provider }) => provider },
    { title: 'HOST', cell: ({ hostId }) => hostId || NOTHING },
    { title: 'PRICE', cell: ({ priceUsd }) => priceUsd || NOTHING },
    { title: 'ACCOUNT', cell: ({ account }) => account || NOTHING },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(Number(createdAtMs), nowMs) },
    { title: 'WHY', cell: ({ text }) => text, wide: true },
  ];
}

function stateCell({ state }: Machine): Cell {
  return STATE.get(state) ?? NOTHING;
}

function askedCell({ asked }: Machine): string {
  if (asked === undefined) return NOTHING;
  const words = [
    asked.cpuMillis === 0 ? [] : [`${formatCpu(asked.cpuMillis)} CPUs`],
    asked.memoryBytes === 0n ? [] : [`${formatBytes(Number(asked.memoryBytes))} memory`],
    asked.diskBytes === 0n ? [] : [`${formatBytes(Number(asked.diskBytes))} disk`],
    asked.gpus === 0 ? [] : [`${String(asked.gpus)} GPUs`],
  ].flat();
  return words.length === 0 ? 'whatever there is' : words.join(', ');
}
