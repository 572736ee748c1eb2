import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SwitchedMachine } from '../../support/network-switch.js';

const exec = promisify(execFile);

/** Nothing passes between a machine and these, either way and of no connection, until this is over. */
export async function cut(
  machine: SwitchedMachine,
  addresses: readonly string[],
  over: () => Promise<unknown>,
): Promise<void> {
  const rules = addresses.flatMap((address) => [
    ['OUTPUT', '-d', address],
    ['INPUT', '-s', address],
  ]);
  await dropped(machine, rules, over);
}

/** These machines hear nothing of those until this is over, while those hear all that these say. */
export async function deafen(
  machines: readonly SwitchedMachine[],
  addresses: readonly string[],
  over: () => Promise<unknown>,
): Promise<void> {
  const rules = addresses.map((address) => ['INPUT', '-s', address]);
  const once = over();
  await Promise.all(machines.map((machine) => dropped(machine, rules, () => once)));
}

async function dropped(
  { name }: SwitchedMachine,
  rules: readonly (readonly string[])[],
  over: () => Promise<unknown>,
): Promise<void> {
  const change = async (how: '-A' | '-D'): Promise<void> => {
    for (const rule of rules)
      await exec('nsenter', [`--net=/run/netns/${name}`, '--', 'iptables', '-w', how, ...rule, '-j', 'DROP']);
  };
  await change('-A');
  await over().finally(() => change('-D'));
}
