import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { GetMinerHistoryResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { specToManifest } from '../../../common/model/manifest/index.js';
import { revisionFromWire } from '../../../common/wire/client.js';
import { addWaitOptions } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Runner } from '../runner.js';
import { historyView } from '../views/rollout.js';
import { printChanged, waitIfAsked } from './miner-changes.js';

interface HistoryOptions {
  readonly manifest?: number;
}

/** Options of `miners rollback`. */
export interface RollbackOptions extends WaitOptions {
  readonly to?: number;
}

/** `miners history|rollback|pause|resume|release`. */
export function addRollout(miners: Command, run: Runner): void {
  miners
    .command('history')
    .description('List the revisions of what a miner runs: what changed with each, and what became of it.')
    .argument('<miner>', 'name of the miner')
    .option('--manifest <revision>', 'print the manifest of this revision, ready to be applied again', revisionArgument)
    .action(run((call, name: string, options: HistoryOptions) => showHistory(call, name, options)));
  const rollback = miners
    .command('rollback')
    .description('Go back to an earlier revision; replicas, priority and placement stay as they are.')
    .argument('<miner>', 'name of the miner')
    .option('--to <revision>', 'one of the history; else the newest good one before the present', revisionArgument);
  addWaitOptions(rollback, 'all run it').action(
    run((call, name: string, options: RollbackOptions) => rollbackMiner(call, name, options)),
  );
  miners
    .command('pause')
    .description('Replace no more instances until resume; scaling, retries and drains go on.')
    .argument('<miner>', 'name of the miner')
    .action(run((call, name: string) => steer(call, name, 'pauseMiner')));
  miners
    .command('resume')
    .description('Go on with a paused or failed rollout.')
    .argument('<miner>', 'name of the miner')
    .action(run((call, name: string) => steer(call, name, 'resumeMiner')));
  miners
    .command('release')
    .description('End the quarantine of a miner: its failures are forgotten, what is missing is tried again.')
    .argument('<miner>', 'name of the miner')
    .action(run((call, name: string) => steer(call, name, 'releaseMiner')));
}

async function showHistory(call: Invocation, name: string, { manifest }: HistoryOptions): Promise<void> {
  const { fleet } = await call.connect();
  const response = await fleet.getMinerHistory({ name }, call.callOptions);
  const revisions = response.revisions.map(revisionFromWire);
  if (manifest === undefined)
    return call.printer.message(GetMinerHistoryResponseSchema, response, () => historyView(revisions));
  const found = revisions.find(({ revision }) => revision === manifest);
  if (found === undefined)
    throw new HeadframeError({
      code: 'not_found',
      reason: 'revision_not_found',
      message: `revision ${String(manifest)} of ${name} is not kept`,
      remedy: `See headframe miners history ${name}.`,
    });
  const plain = specToManifest(found.spec);
  return call.printer.text(call.printer.format === 'json' ? `${JSON.stringify(plain)}\n` : stringify(plain));
}

/** `miners rollback`. */
export async function rollbackMiner(
  call: Invocation,
  name: string,
  { to, ...options }: RollbackOptions,
): Promise<void> {
  const miner = await printChanged(call, async () => {
    const { fleet } = await call.connect();
    return (await fleet.rollbackMiner({ name, toRevision: BigInt(to ?? 0) }, call.callOptions)).miner;
  });
  const toRevision = miner.rollout?.toRevision ?? 0n;
  const isStale = ({ specRevision }: { readonly specRevision: bigint }): boolean => specRevision !== toRevision;
  await waitIfAsked(call, [{ miner: name, wanted: 'running', isStale, rollout: { toRevision } }], options);
}

async function steer(
  call: Invocation,
  name: string,
  how: 'pauseMiner' | 'resumeMiner' | 'releaseMiner',
): Promise<void> {
  await printChanged(call, async () => {
    const { fleet } = await call.connect();
    return (await fleet[how]({ name }, call.callOptions)).miner;
  });
}

/** Reads a revision. */
export function revisionArgument(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Expected a revision, as history lists them.');
  return Number(text);
}
