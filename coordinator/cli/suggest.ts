import { HeadframeError } from '../../common/model/error.js';
import { parseInstanceId } from '../../common/model/instance.js';
import { didYouMean } from '../../common/model/schema/index.js';
import type { Invocation } from './invocation.js';
import { listHosts, listInstances, listMiners } from './lists.js';

/** What a name can be the name of. */
export type Named = 'miner' | 'host' | 'instance';

/** Makes a call that names something; when there is no such thing, the error suggests a name that is close. */
export async function withSuggestion<T>(
  call: Invocation,
  named: Named,
  name: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (!(thrown instanceof HeadframeError) || thrown.code !== 'not_found') throw thrown;
    // The suggestion is a courtesy: when the names cannot be had, the error itself still stands.
    const names = await namesOf(call, named, name).catch((): string[] => []);
    const meant = didYouMean(name, names);
    if (meant === undefined) throw thrown;
    const { code, reason, message, metadata } = thrown;
    throw new HeadframeError({ code, reason, message, metadata, remedy: `Did you mean ${meant}?`, cause: thrown });
  }
}

/** Names that could be meant: of all miners, of all hosts with their ids, or of the live instances of the same miner. */
async function namesOf(call: Invocation, named: Named, name: string): Promise<string[]> {
  switch (named) {
    case 'miner':
      return (await listMiners(call)).miners.flatMap(({ spec }) => spec?.name ?? []);
    case 'host':
      return (await listHosts(call)).hosts.flatMap((host) => [host.name, host.id]);
    case 'instance':
      return instanceIdsLike(call, name);
  }
}

async function instanceIdsLike(call: Invocation, id: string): Promise<string[]> {
  const miner = parseInstanceId(id)?.miner;
  if (miner === undefined) return [];
  return (await listInstances(call, { miner })).instances.map((instance) => instance.id);
}
