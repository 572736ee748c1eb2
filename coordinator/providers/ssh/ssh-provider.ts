import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRICE_LABEL } from '../../../common/model/constraint-text.js';
import { hasLabels } from '../../../common/model/has-labels.js';
import type { MachineRecord } from '../../../common/model/machine.js';
import type { Labels } from '../../../common/model/miner.js';
import type { ReasonCode } from '../../../common/model/reason.js';
import type { Resources } from '../../../common/model/resources.js';
import type { FleetReader } from '../../fleet/port.js';
import type { MachineOffer, MachineProvider, MachineWish, ProviderWork, Refusal } from '../port.js';
import { sshFailure } from './failure.js';
import { makeKnownHosts } from './installer.js';
import type { Installer } from './installer.js';
import { readMachines } from './machines-file.js';
import type { ListedMachine } from './machines-file.js';
import type { SshTarget } from './ssh-client.js';

/** What machines are reached with. */
export interface SshProviderParts {
  readonly installer: Pick<Installer, 'install' | 'remove'>;
  /** In which an operator lists them; read anew with each wish. */
  readonly machinesFile: string;
  /** In which keys of machines are kept. */
  readonly knownHostsFolder: string;
}

/** Machines that an operator lists, which become hosts when somebody is given them, and are none afterwards. */
export class SshProvider implements MachineProvider {
  readonly name = 'ssh';
  readonly ownsHosts = true;
  readonly #parts: SshProviderParts;
  #listed: readonly ListedMachine[] = [];

  constructor(parts: SshProviderParts) {
    this.#parts = parts;
  }

  async refresh(): Promise<void> {
    this.#listed = await readMachines(this.#parts.machinesFile);
  }

  choose(wish: MachineWish, fleet: FleetReader): MachineOffer | Refusal {
    const held = new Set<string>();
    for (const { provider, place } of fleet.machines()) if (provider === this.name) held.add(place);
    const chosen = chooseListed(wish, this.#listed, held);
    if ('refused' in chosen) return chosen;
    const { name, host: address, priceUsd } = chosen;
    return { place: name, hostId: '', address, priceUsd, text: `It is ${name} at ${address}.` };
  }

  async provide(machine: MachineRecord, work: ProviderWork): Promise<string> {
    const listed = await this.#find(machine);
    return this.#parts.installer.install(machine, await this.#targetOf(listed), labelsOf(listed), work);
  }

  async withdraw(machine: MachineRecord, work: ProviderWork): Promise<void> {
    const listed = await this.#find(machine);
    await this.#parts.installer.remove(machine, await this.#targetOf(listed), work);
  }

  async #find({ place }: MachineRecord): Promise<ListedMachine> {
    await this.refresh();
    const found = this.#listed.find(({ name }) => name === place);
    if (found !== undefined) return found;
    throw sshFailure('machine_unlisted', `${place} is no longer in ${this.#parts.machinesFile}`);
  }

  async #targetOf({ name, host, port, user, keyFile, hostKey }: ListedMachine): Promise<SshTarget> {
    const { knownHostsFolder } = this.#parts;
    await makeKnownHosts(knownHostsFolder);
    // One for each kind of trust: a key that is listed later is not believed for having been shown before.
    const trustFirst = hostKey === undefined;
    const knownHostsFile = join(knownHostsFolder, `ssh-${name}.${trustFirst ? 'seen' : 'listed'}`);
    if (hostKey !== undefined) await writeFile(knownHostsFile, `${name} ${hostKey}\n`, { mode: 0o600 });
    return { host, port, user, keyFile, knownHostsFile, alias: name, trustFirst };
  }
}

/**
 * Picks the cheapest machine that fits, those without a price last, and of those that cost the same the first of the list; or
 * tells how many each reason leaves out. What a list does not say of a machine's size is not known, and is not enough. Pure.
 */
export function chooseListed(
  wish: Pick<MachineWish, 'asked' | 'labels' | 'maxPriceUsd'>,
  listed: readonly ListedMachine[],
  held: ReadonlySet<string>,
): ListedMachine | { readonly refused: ReadonlyMap<ReasonCode, number> } {
  const refused = new Map<ReasonCode, number>();
  let best: ListedMachine | undefined;
  for (const machine of listed) {
    const reason = held.has(machine.name) ? 'machine_held' : leftOutBy(wish, machine);
    if (reason !== undefined) refused.set(reason, (refused.get(reason) ?? 0) + 1);
    else if (best === undefined || costOf(machine) < costOf(best)) best = machine;
  }
  return best ?? { refused };
}

function leftOutBy(
  { asked, labels, maxPriceUsd }: Pick<MachineWish, 'asked' | 'labels' | 'maxPriceUsd'>,
  { size, priceUsd, labels: borne }: ListedMachine,
): ReasonCode | undefined {
  if (!hasLabels(borne, labels)) return 'constraint_unmet';
  if (maxPriceUsd !== undefined && priceUsd === '') return 'machine_without_price';
  if (maxPriceUsd !== undefined && Number(priceUsd) > maxPriceUsd) return 'machine_too_dear';
  return lacking(asked, size);
}

function lacking(asked: Resources, size: Resources): ReasonCode | undefined {
  if (size.cpuMillis < asked.cpuMillis) return 'insufficient_cpu';
  if (size.memoryBytes < asked.memoryBytes) return 'insufficient_memory';
  if (size.diskBytes < asked.diskBytes) return 'insufficient_disk';
  return size.gpus < asked.gpus ? 'insufficient_gpus' : undefined;
}

function costOf({ priceUsd }: ListedMachine): number {
  return priceUsd === '' ? Infinity : Number(priceUsd);
}

function labelsOf({ labels, priceUsd }: ListedMachine): Labels {
  return priceUsd === '' ? labels : { ...labels, [PRICE_LABEL]: priceUsd };
}
