import { join } from 'node:path';
import type { Clock } from '../../../common/model/clock.js';
import { PRICE_LABEL } from '../../../common/model/constraint-text.js';
import type { MachineRecord } from '../../../common/model/machine.js';
import type { Labels } from '../../../common/model/miner.js';
import type { ReasonCode } from '../../../common/model/reason.js';
import type { FleetReader } from '../../fleet/port.js';
import type { MachineOffer, MachineProvider, MachineWish, ProviderWork, Refusal } from '../port.js';
import { makeKnownHosts } from '../ssh/installer.js';
import type { Installer } from '../ssh/installer.js';
import type { FluenceApi, FluenceVm } from './api.js';
import { fluenceFailure } from './api.js';
import { chooseConfiguration } from './choose-configuration.js';

/** What VMs are rented with. */
export interface FluenceProviderParts {
  readonly api: Pick<FluenceApi, 'configurations' | 'list' | 'create' | 'open' | 'remove'>;
  readonly installer: Pick<Installer, 'install'>;
  readonly clock: Clock;
  readonly knownHostsFolder: string;
}

/** Within what VMs are rented, and how they are entered. */
export interface FluenceProviderTerms {
  /** No VM may cost more, in USD for a day. */
  readonly maxPriceUsd: number;
  /** VMs that there may be at once. */
  readonly mostMachines: number;
  readonly osImage: string;
  /** Reads the public half of `keyFile`, in one line. */
  readonly sshKey: () => Promise<string>;
  readonly user: string;
  readonly keyFile: string;
  /** Until a VM runs, in milliseconds. */
  readonly launchMs: number;
}

const LOOK_MS = 10_000;
/** Time for what is asked before a wish, and no VM waits for. */
const REFRESH_MS = 30_000;
const RUNNING = 'active';
/** A VM that will not run any more. */
const ENDED = ['stopped', 'terminated', 'insufficientfunds'];

/**
 * VMs that are rented from Fluence, and become hosts as machines by SSH do. A VM bears its machine's id as its name, so that one whose
 * making was cut short is found again, and none is rented twice.
 */
export class FluenceProvider implements MachineProvider {
  readonly name = 'fluence';
  readonly ownsHosts = true;
  readonly #parts: FluenceProviderParts;
  readonly #terms: FluenceProviderTerms;
  #configurations: readonly string[] = [];

  constructor(parts: FluenceProviderParts, terms: FluenceProviderTerms) {
    this.#parts = parts;
    this.#terms = terms;
  }

  async refresh(): Promise<void> {
    this.#configurations = await this.#parts.api.configurations(AbortSignal.timeout(REFRESH_MS));
  }

  choose(wish: MachineWish, fleet: FleetReader): MachineOffer | Refusal {
    const held = [...fleet.machines()].filter(({ provider }) => provider === this.name).length;
    const configuration = chooseConfiguration(wish.asked, this.#configurations);
    const reason = this.#against(wish, held, configuration);
    if (reason !== undefined) return { refused: new Map([[reason, 1]]) };
    const text = `A VM of ${configuration ?? ''} is asked for, at ${String(this.#limitOf(wish.maxPriceUsd))} USD a day at most.`;
    return { place: '', hostId: '', address: '', priceUsd: '', text };
  }

  async provide(machine: MachineRecord, work: ProviderWork): Promise<string> {
    const vm = await this.#running(machine, await this.#rented(machine, work), work);
    const { publicIp: address, priceUsd } = vm;
    await work.tell({ address, priceUsd, text: 'The VM runs.' });
    const { knownHostsFolder } = this.#parts;
    const { user, keyFile } = this.#terms;
    await makeKnownHosts(knownHostsFolder);
    // Fluence does not tell the key of a VM: the first one that it shows is kept.
    const trust = { knownHostsFile: join(knownHostsFolder, `fluence-${machine.id}`), trustFirst: true };
    const target = { host: address, port: 22, user, keyFile, alias: machine.id, ...trust };
    const labels: Labels = priceUsd === '' ? machine.labels : { ...machine.labels, [PRICE_LABEL]: priceUsd };
    return this.#parts.installer.install(machine, target, labels, work);
  }

  async change({ place, ports }: MachineRecord, { signal }: ProviderWork): Promise<void> {
    await this.#parts.api.open(place, ports, signal);
  }

  async withdraw(machine: MachineRecord, { tell, signal }: ProviderWork): Promise<void> {
    const vm = await this.#find(machine, signal);
    if (vm === undefined || isEnded(vm)) return;
    await tell({ text: `The VM ${vm.id} is ended.` });
    await this.#parts.api.remove(vm.id, signal);
    const untilMs = this.#parts.clock.monotonicMs() + this.#terms.launchMs;
    for (;;) {
      const left = await this.#find({ ...machine, place: vm.id }, signal);
      if (left === undefined || isEnded(left)) return;
      if (this.#parts.clock.monotonicMs() >= untilMs)
        throw fluenceFailure('fluence_vm_stays', `the VM ${vm.id} is still ${left.status}, and may cost`);
      await this.#parts.clock.sleep(LOOK_MS, signal);
    }
  }

  /** Its id at Fluence: that of one that is there under its name, or of a new one. */
  async #rented(machine: MachineRecord, { tell, signal }: ProviderWork): Promise<string> {
    const there = await this.#find(machine, signal);
    if (there !== undefined) {
      if (machine.place !== there.id) await tell({ place: there.id });
      return there.id;
    }
    if (machine.place !== '') throw fluenceFailure('fluence_vm_ended', `the VM ${machine.place} is no longer there`);
    const place = await this.#rent(machine, signal);
    await tell({ place, text: 'The VM is launched.' });
    return place;
  }

  async #rent({ id, asked, ports, maxPriceUsd }: MachineRecord, signal: AbortSignal): Promise<string> {
    const { api } = this.#parts;
    const { osImage } = this.#terms;
    const sshKey = await this.#terms.sshKey();
    const configuration = chooseConfiguration(asked, await api.configurations(signal));
    if (configuration === undefined)
      throw fluenceFailure('fluence_refused', 'no size that Fluence has suffices any more');
    const wish = { name: id, configuration, maxPriceUsd: this.#limitOf(maxPriceUsd), osImage, sshKey, ports };
    return api.create(wish, signal);
  }

  async #running(machine: MachineRecord, id: string, { signal }: ProviderWork): Promise<FluenceVm> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + this.#terms.launchMs;
    for (;;) {
      const vm = await this.#find({ ...machine, place: id }, signal);
      if (vm !== undefined && isEnded(vm)) throw fluenceFailure('fluence_vm_ended', `the VM ${id} is ${vm.status}`);
      if (vm?.status.toLowerCase() === RUNNING && vm.publicIp !== '') return vm;
      if (clock.monotonicMs() >= untilMs)
        throw fluenceFailure('fluence_vm_slow', `the VM ${id} is ${vm?.status ?? 'not listed'} still`);
      await clock.sleep(LOOK_MS, signal);
    }
  }

  async #find({ id, place }: MachineRecord, signal: AbortSignal): Promise<FluenceVm | undefined> {
    const all = await this.#parts.api.list(signal);
    return all.find((vm) => (place === '' ? vm.name === id && !isEnded(vm) : vm.id === place));
  }

  #against(wish: MachineWish, held: number, configuration: string | undefined): ReasonCode | undefined {
    const { maxPriceUsd } = wish;
    if (held >= this.#terms.mostMachines) return 'fluence_cap_reached';
    if (Object.keys(wish.labels).length > 0) return 'constraint_unmet';
    if (wish.asked.gpus > 0) return 'insufficient_gpus';
    if (maxPriceUsd !== undefined && maxPriceUsd <= 0) return 'machine_too_dear';
    return configuration === undefined ? 'insufficient_cpu' : undefined;
  }

  #limitOf(asked: number | undefined): number {
    return Math.min(asked ?? Infinity, this.#terms.maxPriceUsd);
  }
}

function isEnded({ status }: FluenceVm): boolean {
  return ENDED.includes(status.toLowerCase());
}
