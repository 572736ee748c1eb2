import type { Command } from 'commander';
import { readClientConfig } from '../../../common/config/index.js';
import { configPath } from '../address.js';
import { Invocation } from '../invocation.js';
import { PAGE_SIZE } from '../paging.js';
import type { World } from '../world.js';
import { write } from '../world.js';
import { candidatesFor } from './candidates.js';
import type { NameKind } from './candidates.js';

/** Longest time that a person who pressed Tab waits for names, in milliseconds. */
const PATIENCE_MS = 1000;

/** Prints a candidate a line for a shell; what goes wrong on the way leaves it without candidates, and silent. */
export async function complete(program: Command, words: readonly string[], world: World): Promise<void> {
  const { words: known, names } = candidatesFor(program, words);
  const typed = words.at(-1) ?? '';
  const found = names === undefined ? [] : await namesOf(world, names).catch((): string[] => []);
  const all = [...known, ...found.filter((name) => name.startsWith(typed))];
  if (all.length > 0) await write(world.stdout, `${all.join('\n')}\n`);
}

async function namesOf(world: World, kind: NameKind): Promise<string[]> {
  if (kind === 'context') return Object.keys((await readClientConfig(configPath(world))).contexts);
  const call = new Invocation(world, { output: 'table', color: false });
  return call.run((running) => askForNames(running, kind));
}

async function askForNames(call: Invocation, kind: Exclude<NameKind, 'context'>): Promise<string[]> {
  const { fleet, hosts } = await call.connect();
  const options = { ...call.callOptions, timeoutMs: PATIENCE_MS };
  switch (kind) {
    case 'miner': {
      const { miners } = await fleet.listMiners({ pageSize: PAGE_SIZE }, options);
      return miners.flatMap(({ spec }) => spec?.name ?? []);
    }
    case 'host':
      return (await hosts.listHosts({ pageSize: PAGE_SIZE }, options)).hosts.map(({ name }) => name);
    case 'namespace':
      return (await fleet.listNamespaces({}, options)).namespaces.map(({ name }) => name);
    case 'instance':
      return (await fleet.listInstances({ pageSize: PAGE_SIZE }, options)).instances.map(({ id }) => id);
  }
}
