import type { Command } from 'commander';
import { CoordinatorMemberState } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { addressesOf } from '../../../common/model/coordinator-route.js';
import type { HeadframeError } from '../../../common/model/error.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { findTarget } from '../address.js';
import { openConnection } from '../client.js';
import type { Connection } from '../client.js';
import { configurationOf, configurationText } from '../further-coordinator.js';
import type { Invocation } from '../invocation.js';
import type { Runner } from '../runner.js';

/** `coordinator add|remove`. */
export function addCoordinatorMembers(coordinator: Command, run: Runner): void {
  coordinator
    .command('add <address...>')
    .description(
      'Announce further coordinators, host:port each, or take in again those that were removed; prints their configuration.',
    )
    .action(run(announce));
  coordinator
    .command('remove <address>')
    .description('Take a coordinator out: it leads no more, and agents and commands are told of it no more.')
    .option('--step-down', 'Has it hand over first, where it leads.')
    .action(run(takeOut));
}

async function announce(call: Invocation, addresses: readonly string[]): Promise<void> {
  const { coordinator } = await call.connect();
  const { address: leader } = await coordinator.getCoordinator({}, call.callOptions);
  const made: { readonly address: string; readonly configuration: object }[] = [];
  for (const address of addresses) {
    const { settings } = await coordinator.addCoordinator({ address }, call.callOptions);
    made.push({ address, configuration: configurationOf(settings) });
    if (call.printer.forPeople) await call.printer.text(`---\n${configurationText(address, leader, settings)}`);
  }
  if (!call.printer.forPeople)
    await call.printer.plain(
      () => ({ coordinators: made }),
      () => [],
    );
}

async function takeOut(call: Invocation, address: string, { stepDown }: { stepDown?: true }): Promise<void> {
  const connection = await call.connect();
  try {
    await connection.coordinator.removeCoordinator({ address }, call.callOptions);
  } catch (thrown) {
    const error = toHeadframeError(thrown);
    if (stepDown !== true || error.reason !== 'coordinator_leads') throw error;
    await afterStepDown(call, connection, { address, refusal: error });
  }
  await call.printer.note(
    `${address} leads no more, and agents are told of it no more: end it, and take its user out of NATS`,
  );
}

/** Has the one that leads hand over, waits for the next, and takes the former out there. */
async function afterStepDown(
  call: Invocation,
  { coordinator }: Connection,
  { address, refusal }: { readonly address: string; readonly refusal: HeadframeError },
): Promise<void> {
  const target = await findTarget(call.globals, call.world);
  const { members } = await coordinator.getCoordinator({}, call.callOptions);
  const known = members.filter(({ state }) => state === CoordinatorMemberState.MEMBER).map((member) => member.address);
  // Without an identity nobody is spoken to who was not named.
  const others = target.identity === undefined ? addressesOf(target.address) : [...new Set([...known, address])];
  if (others.length < 2) throw refusal;
  await coordinator.stepDown({}, call.callOptions);
  await call.printer.note(`${address} hands over`);
  const next = await openConnection(
    { ...target, address: others.join(',') },
    { clock: call.world.clock, signal: call.signal },
  );
  try {
    await next.coordinator.removeCoordinator({ address }, call.callOptions);
  } finally {
    next.close();
  }
}
