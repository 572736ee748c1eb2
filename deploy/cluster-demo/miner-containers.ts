import { InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Engine } from '../quickstart/engine.js';
import type { FleetView } from '../quickstart/fleet-client.js';

/**
 * Ids of the containers in which a miner runs, in order. Throws `HeadframeError` (internal) when not all of its copies run, or one
 * was restarted.
 */
export function minerContainers(
  { miners, instances }: Pick<FleetView, 'miners' | 'instances'>,
  name: string,
): string[] {
  const desired = miners.find(({ spec }) => spec?.name === name)?.counts?.desired ?? 0;
  const running = instances.filter(({ miner, state }) => miner === name && state === InstanceState.RUNNING);
  if (desired === 0 || running.length !== desired) {
    throw unexpected(`${running.length} of ${desired} copies of ${name} run`);
  }
  const restarted = running.find(({ restarts }) => restarts > 0);
  if (restarted !== undefined) throw unexpected(`${restarted.id} was restarted`);
  return running.map(({ containerId }) => containerId).sort();
}

/** Throws `HeadframeError` (internal) unless they are the same containers, and the engine has them. */
export async function expectSame(
  before: readonly string[],
  after: readonly string[],
  engine: Pick<Engine, 'containers'>,
): Promise<void> {
  if (before.join() !== after.join()) {
    throw unexpected(`containers ${before.join(', ')} were to run on, and there are ${after.join(', ')}`);
  }
  const there = new Set((await engine.containers('headframe.host')).map(({ id }) => id));
  const lost = before.find((id) => !there.has(id));
  if (lost !== undefined) throw unexpected(`the engine has container ${lost} no more`);
}

function unexpected(message: string): HeadframeError {
  return new HeadframeError({
    code: 'internal',
    reason: 'demo_failed',
    message: `not as it should be: ${message}`,
    remedy: 'This is a fault of Headframe, unless the machine was too busy; please report it.',
  });
}
