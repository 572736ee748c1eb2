import { HeadframeError } from '../../../common/model/error.js';
import { isEnded } from '../../../common/model/instance.js';
import { INSTANCE_STATE } from '../../../common/wire/client.js';
import type { Instance } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { Invocation } from '../invocation.js';
import { listInstances } from '../lists.js';
import { usageError } from '../usage-error.js';

/**
 * Makes a call for an instance by its id. A miner's name will do where the miner has one live instance or, with none, for
 * the last one that ended. Throws HeadframeError (invalid_argument, instance_ambiguous) when it has several.
 */
export async function forInstance<T>(call: Invocation, name: string, ask: (id: string) => Promise<T>): Promise<T> {
  try {
    return await ask(name);
  } catch (error) {
    if (!(error instanceof HeadframeError) || error.reason !== 'instance_not_found') throw error;
    const { instances } = await listInstances(call, { miner: name, includeEnded: true });
    const id = meantInstance(name, instances);
    if (id === undefined) throw error;
    return ask(id);
  }
}

function meantInstance(miner: string, instances: readonly Instance[]): string | undefined {
  const live = instances.filter(({ state }) => !isEnded(INSTANCE_STATE.find(state) ?? 'lost'));
  if (live.length === 0) return instances.at(-1)?.id;
  if (live.length === 1) return live[0]?.id;
  const ids = live.slice(0, 10).map(({ id }) => id);
  const more = live.length > ids.length ? `, … (${String(live.length)} in all)` : '';
  throw usageError('instance_ambiguous', `miner ${miner} has several instances`, `Name one: ${ids.join(', ')}${more}`);
}
