import { HeadframeError } from '../../../common/model/error.js';
import type { Invocation } from '../invocation.js';
import { listInstances } from '../lists.js';
import { usageError } from '../usage-error.js';

/**
 * Makes a call for an instance by its id. A miner's name will do where the miner has one live instance. Throws
 * HeadframeError (invalid_argument, instance_ambiguous) when it has several.
 */
export async function forInstance<T>(call: Invocation, name: string, ask: (id: string) => Promise<T>): Promise<T> {
  try {
    return await ask(name);
  } catch (error) {
    if (!isUnknownInstance(error)) throw error;
    const id = await onlyInstanceOf(call, name);
    if (id === undefined) throw error;
    return ask(id);
  }
}

async function onlyInstanceOf(call: Invocation, miner: string): Promise<string | undefined> {
  const { instances } = await listInstances(call, { miner });
  if (instances.length < 2) return instances[0]?.id;
  const ids = instances.slice(0, 10).map(({ id }) => id);
  const more = instances.length > ids.length ? `, … (${String(instances.length)} in all)` : '';
  throw usageError('instance_ambiguous', `miner ${miner} has several instances`, `Name one: ${ids.join(', ')}${more}`);
}

function isUnknownInstance(error: unknown): error is HeadframeError {
  return error instanceof HeadframeError && (error.code === 'not_found' || error.code === 'invalid_argument');
}
