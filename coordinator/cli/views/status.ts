import type { Alarm, GetFleetStatusResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { REASONS, isReasonCode } from '../../../common/model/reason.js';
import { resourcesFromWire } from '../../../common/wire/client.js';
import { priorityOf } from '../../../common/model/miner.js';
import type { MinerView } from '../../../common/wire/client.js';
import type { Block, Cell, View, Viewing } from '../output/view.js';
import { ageCell, capacityFacts, toned } from './cells.js';
import { whyLine } from './why.js';

/** What `status` shows: the fleet in numbers, and why what waits does. */
export interface FleetStanding {
  readonly address: string;
  readonly status: GetFleetStatusResponse;
  readonly waiting: readonly MinerView[];
}

/** The fleet at a glance. */
export function statusView({ address, status, waiting }: FleetStanding, { nowMs }: Viewing): View {
  const blocks: Block[] = [
    { kind: 'facts', facts: fleetFacts(address, status, nowMs) },
    {
      kind: 'facts',
      title: 'Allocated of allocatable',
      facts: capacityFacts(
        resourcesFromWire(status.allocated, 'allocated'),
        resourcesFromWire(status.allocatable, 'allocatable'),
      ),
    },
  ];
  if (status.alarms.length > 0) blocks.unshift(alarmBlock(status.alarms, nowMs));
  if (waiting.length > 0) blocks.push(waitingBlock(waiting));
  return blocks;
}

function fleetFacts(address: string, status: GetFleetStatusResponse, nowMs: number): [string, Cell][] {
  const { hosts, hostsReady, miners } = status;
  const settled = status.settled ? toned('yes', 'good') : toned('no, work is under way', 'warn');
  return [
    ['coordinator', `${address}, version ${status.version}, up ${ageCell(Number(status.startedAtMs), nowMs)}`],
    ['revision', `${String(status.revision)} (epoch ${String(status.epoch)})`],
    ['hosts', toned(`${String(hostsReady)}/${String(hosts)} ready`, hostsReady < hosts ? 'warn' : 'good')],
    ['miners', String(miners)],
    ['instances', `${String(status.instancesRunning)} running, ${String(status.instancesPending)} waiting`],
    ['settled', settled],
    ['nats', status.natsConnected ? toned('connected', 'good') : 'not connected; nothing is published'],
  ];
}

function alarmBlock(alarms: readonly Alarm[], nowMs: number): Block {
  const facts = alarms.map(({ reason, text, sinceMs }): [string, Cell] => {
    const remedy = isReasonCode(reason) ? REASONS[reason].remedy : undefined;
    const since = ageCell(Number(sinceMs), nowMs);
    return [reason, toned(`${text} For ${since}.${remedy === undefined ? '' : ` ${remedy}`}`, 'bad')];
  });
  return { kind: 'facts', title: 'Alarms', facts };
}

function waitingBlock(waiting: readonly MinerView[]): Block {
  const rows = waiting.map(({ spec, counts, why, stakePriority }) => [
    spec.name,
    String(priorityOf({ spec, stakePriority })),
    `${String(counts.running)}/${String(counts.desired)}`,
    why === undefined ? '-' : whyLine(why),
  ]);
  return {
    kind: 'table',
    title: 'Not as wanted',
    table: { head: ['MINER', 'PRIORITY', 'RUNNING', 'WHY'], rows },
    empty: '',
  };
}
