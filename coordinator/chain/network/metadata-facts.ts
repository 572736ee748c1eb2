import type { ApiPromise } from '@polkadot/api';
import type { MetadataFacts, PalletFacts } from './capabilities.js';

/** Pallets that decide anything. */
const PALLETS = [
  'subtensorModule',
  'subspaceModule',
  'subnetEmissionModule',
  'balances',
  'staking',
  'proxy',
  'utility',
  'sudo',
] as const;

/** Reads what `detectCapabilities` judges off the metadata of a connection. */
export function readFacts(api: ApiPromise): MetadataFacts {
  const known = PALLETS.flatMap((name) => {
    const facts = palletFacts(api, name);
    return facts === undefined ? [] : [[name, facts] as const];
  });
  return { pallets: Object.fromEntries(known), runtimeApis: runtimeApis(api) };
}

function palletFacts(api: ApiPromise, name: string): PalletFacts | undefined {
  const [calls, storage, events, errors] = [api.tx[name], api.query[name], api.events[name], api.errors[name]];
  if (calls === undefined && storage === undefined) return undefined;
  return {
    // As the runtime has them: the library would take the underscore away that marks those it ignores.
    calls: mapped(calls, ({ meta }) => meta.fields.map(({ name }) => name.unwrapOrDefault().toString())),
    storage: Object.keys(storage ?? {}),
    events: mapped(events, ({ meta }) => meta.fields.length),
    errors: Object.keys(errors ?? {}),
  };
}

function runtimeApis(api: ApiPromise): Record<string, string> {
  const types: Record<string, string> = {};
  for (const [name, methods] of Object.entries(api.call))
    for (const [method, call] of Object.entries(methods)) {
      // Every decorated call has its definition, which the library's types leave out.
      const { meta } = call as unknown as { readonly meta: { readonly type: string } };
      types[`${name}.${method}`] = meta.type;
    }
  return types;
}

function mapped<T, R>(items: Readonly<Record<string, T>> | undefined, read: (item: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(items ?? {}).map(([name, item]) => [name, read(item)]));
}
