import type { Command } from 'commander';
import type { ClientTarget } from '../../../common/config/index.js';
import { addressesOf } from '../../../common/model/coordinator-route.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { findTarget } from '../address.js';
import { openConnection } from '../client.js';
import type { Invocation } from '../invocation.js';
import { addCoordinatorMembers } from './coordinator-members.js';
import { coordinatorRows, othersNamed } from '../coordinator-rows.js';
import type { AskedCoordinator } from '../coordinator-rows.js';
import { coordinatorsView } from '../views/coordinators.js';
import type { Runner } from '../runner.js';

const ANSWER_MS = 5_000;

/** `coordinator ls|add|remove|step-down`. */
export function addCoordinators(coordinator: Command, run: Runner): void {
  coordinator
    .command('ls')
    .description(
      'Tell who leads and who follows; the coordinators at --address are asked, and those of which they know.',
    )
    .action(run(listCoordinators));
  addCoordinatorMembers(coordinator, run);
  coordinator
    .command('step-down')
    .description('Have the coordinator that leads hand over to another; no container is restarted.')
    .action(run(stepDown));
}

async function listCoordinators(call: Invocation): Promise<void> {
  const target = await findTarget(call.globals, call.world);
  const named = addressesOf(target.address);
  const askAll = (addresses: readonly string[]): Promise<AskedCoordinator[]> =>
    Promise.all(addresses.map((address) => ask(call, { ...target, address })));
  const first = await askAll(named);
  // Without an identity nobody is spoken to who was not named.
  const asked = target.identity === undefined ? first : [...first, ...(await askAll(othersNamed(first)))];
  const rows = coordinatorRows(asked, named, call.world.clock.nowMs());
  await call.printer.plain(
    () => ({ coordinators: rows }),
    (viewing) => coordinatorsView(rows, viewing),
  );
}

async function ask(call: Invocation, target: ClientTarget): Promise<AskedCoordinator> {
  const { address } = target;
  const connection = await openConnection(target, { clock: call.world.clock });
  try {
    const options = { timeoutMs: ANSWER_MS, signal: call.signal };
    return { address, answer: await connection.coordinator.getCoordinator({}, options) };
  } catch (thrown) {
    return { address, error: toHeadframeError(thrown) };
  } finally {
    connection.close();
  }
}

async function stepDown(call: Invocation): Promise<void> {
  const { coordinator, address } = await call.connect();
  await coordinator.stepDown({}, call.callOptions);
  await call.printer.note(`the coordinator at ${address} hands over; headframe coordinator ls tells who leads`);
}
