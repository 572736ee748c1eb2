import { ApplyChange, ApplyMinersResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ApplyMinersResponse } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import { minerSpecToWire } from '../../../common/wire/client.js';
import { addWaitOptions, fileOption } from '../global-options.js';
import type { WaitOptions } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import { readManifests } from '../manifests.js';
import type { Registrar } from '../runner.js';
import { applyView } from '../views/plan.js';
import type { Goal } from '../wait/goal.js';
import { waitForGoals } from '../wait/wait.js';

interface ApplyOptions extends WaitOptions {
  readonly file: readonly string[];
}

/** `apply`. */
export const addApply: Registrar = (program, run) => {
  const apply = program
    .command('apply')
    .description('Declare miners by their manifests: all of them or, if one is wrong, none. Again changes nothing.')
    .addOption(fileOption().makeOptionMandatory());
  addWaitOptions(apply, 'all of them run as declared; ends with 8 when a rollout fails or goes back').action(
    run(applyManifests),
  );
};

async function applyManifests(call: Invocation, { file, ...options }: ApplyOptions): Promise<void> {
  await applySpecs(call, await readManifests(file, call.world), options);
}

/** Applies specs, tells what that changed, and waits where that is asked; `beside` goes on until the wait is over. */
export async function applySpecs(
  call: Invocation,
  specs: readonly MinerSpec[],
  { wait, timeout }: WaitOptions,
  beside?: (revision: bigint, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { fleet } = await call.connect();
  const response = await fleet.applyMiners({ miners: specs.map(minerSpecToWire) }, call.callOptions);
  await call.printer.message(ApplyMinersResponseSchema, response, () => applyView(response.results));
  if (wait !== true) return;
  const over = new AbortController();
  // What it tells is not worth a failure.
  const running = beside?.(response.revision, AbortSignal.any([call.signal, over.signal])).catch(() => undefined);
  try {
    await waitForGoals(call, goalsOf(response), timeout);
  } finally {
    over.abort();
    await running;
  }
  await call.printer.note(specs.length === 1 ? 'It runs as declared.' : `All ${String(specs.length)} run as declared.`);
}

/** All run; those that are replaced without an instance of an older spec. */
function goalsOf({ results, revision }: ApplyMinersResponse): Goal[] {
  return results.map(({ name, change }) => {
    const isReplaced = change === ApplyChange.UPDATED_BY_REPLACEMENT;
    return {
      miner: name,
      wanted: 'running',
      isStale: ({ specRevision }) => isReplaced && specRevision < revision,
      rollout: isReplaced ? { toRevision: revision } : {},
    };
  });
}
