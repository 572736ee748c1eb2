import { create } from '@bufbuild/protobuf';
import { MinerSchema } from '../../../common/gen/headframe/v1/miner_pb.js';
import type { Miner } from '../../../common/gen/headframe/v1/miner_pb.js';
import { minerFromWire } from '../../../common/wire/client.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { listInstances } from '../lists.js';
import { minersView } from '../views/miners.js';
import type { Goal, Wanted } from '../wait/goal.js';
import { waitForGoals } from '../wait/wait.js';

/** `miners scale`. */
export async function scaleMiner(
  call: Invocation,
  { name, replicas }: { readonly name: string; readonly replicas: number },
  options: WaitOptions,
): Promise<void> {
  await printChanged(call, async () => {
    const { fleet } = await call.connect();
    return (await fleet.scaleMiner({ name, replicas }, call.callOptions)).miner;
  });
  await waitIfAsked(call, [{ miner: name, wanted: 'running' }], options);
}

/** `miners restart`: it has ended when none of the instances of before lives any more. */
export async function restartMiner(call: Invocation, name: string, options: WaitOptions): Promise<void> {
  const before = options.wait === true ? (await listInstances(call, { miner: name })).instances : [];
  const stale = new Set(before.map(({ id }) => id));
  await printChanged(call, async () => {
    const { fleet } = await call.connect();
    return (await fleet.restartMiner({ name }, call.callOptions)).miner;
  });
  const isStale = ({ id }: { readonly id: string }): boolean => stale.has(id);
  await waitIfAsked(call, [{ miner: name, wanted: 'running', isStale, rollout: {} }], options);
}

/** `miners stop`. */
export async function stopMiners(call: Invocation, names: readonly string[], options: WaitOptions): Promise<void> {
  const { fleet } = await call.connect();
  for (const name of names) {
    await printChanged(call, async () => (await fleet.stopMiner({ name }, call.callOptions)).miner);
  }
  await waitIfAsked(
    call,
    names.map((miner) => ({ miner, wanted: 'stopped' })),
    options,
  );
}

/** `miners wait`. */
export async function waitForMiners(
  call: Invocation,
  names: readonly string[],
  { wanted, timeoutMs }: { readonly wanted: Wanted; readonly timeoutMs: number },
): Promise<void> {
  const { fleet } = await call.connect();
  // A name that never was is an error at once, except where being gone is what is waited for.
  if (wanted !== 'deleted') {
    for (const name of names) {
      await fleet.getMiner({ name }, call.callOptions);
    }
  }
  await waitForGoals(
    call,
    names.map((miner) => ({ miner, wanted })),
    timeoutMs,
  );
  await call.printer.plain(
    () => ({ miners: names, reached: wanted }),
    () => [{ kind: 'text', text: names.map((name) => `miner ${name} is ${wanted}`).join('\n') }],
  );
}

/** Makes one change and prints the miner as it is then. */
export async function printChanged(call: Invocation, make: () => Promise<Miner | undefined>): Promise<Miner> {
  const miner = (await make()) ?? create(MinerSchema);
  await call.printer.message(MinerSchema, miner, (viewing) => minersView([minerFromWire(miner)], viewing));
  return miner;
}

/** Waits for goals with `--wait`, and says so when they are reached. */
export async function waitIfAsked(
  call: Invocation,
  goals: readonly Goal[],
  { wait, timeout }: WaitOptions,
): Promise<void> {
  if (wait !== true) return;
  await waitForGoals(call, goals, timeout);
  await call.printer.note(goals.map(({ miner, wanted }) => `miner ${miner} is ${wanted}`).join('\n'));
}
