import type { Command } from 'commander';
import { CoordinatorRole } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import type { GetCoordinatorResponse } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { addressesOf } from '../../../common/model/coordinator-route.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { findTarget } from '../address.js';
import { openConnection } from '../client.js';
import type { Invocation } from '../invocation.js';
import { coordinatorsView } from '../views/coordinators.js';
import type { CoordinatorRow } from '../views/coordinators.js';
import type { Runner } from '../runner.js';

const ANSWER_MS = 5_000;

/** `coordinator ls|step-down`. */
export function addCoordinators(coordinator: Command, run: Runner): void {
  coordinator
    .command('ls')
    .description('Tell which of the coordinators at --address leads, and who follows; each of them is asked.')
    .action(run(listCoordinators));
  coordinator
    .command('step-down')
    .description('Have the coordinator that leads hand over to another; no container is restarted.')
    .action(run(stepDown));
}

async function listCoordinators(call: Invocation): Promise<void> {
  const target = await findTarget(call.globals, call.world);
  const named = addressesOf(target.address);
  const rows = await Promise.all(named.map((address) => ask(call, { ...target, address })));
  // Without an identity nobody is spoken to who was not named.
  const leaders = target.identity !== undefined ? rows.map(({ leader }) => leader) : [];
  const others = [...new Set(leaders)].filter((leader) => leader !== '' && !isAmong(leader, rows));
  const all = [...rows, ...(await Promise.all(others.map((address) => ask(call, { ...target, address }))))];
  await call.printer.plain(
    () => ({ coordinators: all }),
    (viewing) => coordinatorsView(all, viewing),
  );
}

function isAmong(leader: string, rows: readonly CoordinatorRow[]): boolean {
  return rows.some(({ address, advertised }) => address === leader || advertised === leader);
}

async function ask(call: Invocation, target: Awaited<ReturnType<typeof findTarget>>): Promise<CoordinatorRow> {
  const connection = await openConnection(target, call.world.clock);
  try {
    const options = { timeoutMs: ANSWER_MS, signal: call.signal };
    return rowOf(target.address, await connection.coordinator.getCoordinator({}, options));
  } catch (thrown) {
    const { reason, message, metadata } = toHeadframeError(thrown);
    const leader = metadata['leader'] ?? '';
    // Whom it cannot know without the fleet it tells no more than this.
    const role = reason === 'not_leader' ? 'follower' : 'away';
    const nothing = { advertised: '', cluster: '', version: '', epoch: 0, sinceMs: 0 };
    return { address: target.address, role, leader, ...nothing, text: role === 'away' ? message : '' };
  } finally {
    connection.close();
  }
}

function rowOf(address: string, answer: GetCoordinatorResponse): CoordinatorRow {
  const { version, cluster } = answer;
  return {
    ...{ address, version, cluster, advertised: answer.address, leader: answer.leaderAddress, text: '' },
    role: answer.role === CoordinatorRole.FOLLOWER ? 'follower' : 'leader',
    epoch: Number(answer.epoch),
    sinceMs: Number(answer.sinceMs),
  };
}

async function stepDown(call: Invocation): Promise<void> {
  const { coordinator, address } = await call.connect();
  await coordinator.stepDown({}, call.callOptions);
  await call.printer.note(`the coordinator at ${address} hands over; headframe coordinator ls tells who leads`);
}
