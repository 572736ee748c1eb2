import { toHeadframeError } from '../../common/model/error.js';
import type { HeadframeError } from '../../common/model/error.js';
import { MACHINE_LABEL } from '../../common/model/machine.js';
import type { MachineRecord, OpenPort } from '../../common/model/machine.js';
import type { FleetPort, FleetReader, Transaction } from '../fleet/port.js';
import type { MachineOffer, MachineProvider, MachineWish, Refusal } from './port.js';
import { machineInUse, machineNotFound, noneFits, providerUnknown, stateUnfit } from './refusals.js';
import { enter, note, tellMachine } from './transitions.js';

/** What machines are given out with. */
export interface MachinesParts {
  readonly fleet: FleetPort;
  /** In the order in which they are asked; `fleet` is one of them. */
  readonly providers: readonly MachineProvider[];
  /** A text that no other call gives. */
  readonly newId: () => string;
}

/** What of a machine its owner may change; what is undefined stays. */
export interface MachineChange {
  readonly name?: string | undefined;
  readonly account?: string | undefined;
  readonly ports?: readonly OpenPort[] | undefined;
}

/** Digits of an id, in hex. */
const ID_DIGITS = 12;

/**
 * Gives machines out and takes them back. All answers come once they are durable; what takes time afterwards, the loop does, and
 * the machine's state tells of it.
 */
export class Machines {
  readonly #parts: MachinesParts;

  constructor(parts: MachinesParts) {
    this.#parts = parts;
  }

  /**
   * Gives out a machine for a wish: active at once, or allocating until it is a host. Throws `HeadframeError`: invalid_argument
   * ('provider_unknown'), resource_exhausted ('machine_none_fits'), and what a provider throws that cannot say what it has.
   */
  async allocate(wish: MachineWish): Promise<MachineRecord> {
    const asked = this.#asked(wish.provider);
    const id = `vm-${this.#parts.newId().replaceAll('-', '').slice(0, ID_DIGITS)}`;
    const refused: [string, Refusal['refused']][] = [];
    // One after the other: whoever is not needed is not asked what it has.
    for (const provider of asked) {
      const unable = await refreshed(provider);
      if (unable !== undefined && asked.length === 1) throw unable;
      if (unable !== undefined) refused.push([provider.name, new Map([[unable.reason, 1]])]);
      else {
        const { value, durable } = this.#parts.fleet.transact((tx) => {
          const offer = provider.choose(wish, tx);
          return 'refused' in offer ? offer : putNew(tx, { id, wish, provider, offer });
        });
        await durable;
        if (!('refused' in value)) return value;
        refused.push([provider.name, value.refused]);
      }
    }
    throw noneFits(refused);
  }

  /** Changes what its owner may; again changes nothing. Throws not_found ('machine_not_found'), failed_precondition ('machine_state_unfit'). */
  async change(id: string, { name, account, ports }: MachineChange): Promise<MachineRecord> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const before = known(tx, id);
      if (before.state === 'releasing') throw stateUnfit(before, 'changed');
      note(tx, id, {
        ...(name === undefined ? {} : { name: name === '' ? id : name }),
        ...(account === undefined ? {} : { account }),
        ...(ports === undefined ? {} : { ports }),
      });
      const after = known(tx, id);
      if (after.revision !== before.revision)
        tellMachine(tx, after, { reason: 'machine_changed', text: 'Name, account or ports were changed.' });
      return after;
    });
    await durable;
    return value;
  }

  /**
   * Begins to give a machine back; again changes nothing but what is asked with more force. Throws not_found ('machine_not_found'),
   * failed_precondition ('machine_in_use') where miners of it are there that it is not told to stop.
   */
  async release(id: string, how: NonNullable<MachineRecord['release']>): Promise<MachineRecord> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const before = known(tx, id);
      const stopMiners = how.stopMiners || before.release?.stopMiners === true;
      const forget = how.forget || before.release?.forget === true;
      const miners = minersOf(tx, before);
      if (!stopMiners && miners.length > 0)
        throw machineInUse(
          before,
          miners.map(({ name }) => name),
        );
      const release = { by: before.release?.by ?? how.by, stopMiners, forget };
      if (before.state === 'releasing') {
        note(tx, id, { release });
        return known(tx, id);
      }
      const why = { reason: 'machine_releasing', text: `Released by ${how.by}.` };
      return enter(tx, before, { state: 'releasing', ...why, patch: { release } });
    });
    await durable;
    return value;
  }

  /** Tries once more what has failed on the way to a host. Throws not_found ('machine_not_found'), failed_precondition ('machine_state_unfit'). */
  async retry(id: string): Promise<MachineRecord> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const before = known(tx, id);
      if (before.state === 'allocating') return before;
      if (before.state !== 'failed' || before.release !== undefined) throw stateUnfit(before, 'tried again');
      return enter(tx, before, { state: 'allocating', reason: 'machine_allocating', text: 'Tried again.' });
    });
    await durable;
    return value;
  }

  #asked(name: string): readonly MachineProvider[] {
    const { providers } = this.#parts;
    if (name === '') return providers;
    const found = providers.filter((provider) => provider.name === name);
    if (found.length > 0) return found;
    throw providerUnknown(
      name,
      providers.map((provider) => provider.name),
    );
  }
}

/** The miners of a machine, those included that are being deleted. */
export function minersOf(
  fleet: Pick<FleetReader, 'miners'>,
  { id, namespace }: MachineRecord,
): { readonly name: string; readonly deleting: boolean }[] {
  const found: { name: string; deleting: boolean }[] = [];
  for (const { spec, deleting } of fleet.miners())
    if (spec.labels[MACHINE_LABEL] === id && spec.namespace === namespace) found.push({ name: spec.name, deleting });
  return found;
}

/** Why a provider cannot say what it has; undefined where it can. */
async function refreshed(provider: MachineProvider): Promise<HeadframeError | undefined> {
  try {
    await provider.refresh?.();
    return undefined;
  } catch (error) {
    return toHeadframeError(error);
  }
}

interface NewMachine {
  readonly id: string;
  readonly wish: MachineWish;
  readonly provider: MachineProvider;
  readonly offer: MachineOffer;
}

function putNew(tx: Transaction, { id, wish, provider, offer }: NewMachine): MachineRecord {
  const { name, asked, labels, ports, account, owner, namespace } = wish;
  const isHost = offer.hostId !== '';
  const why = isHost ? 'machine_active' : 'machine_allocating';
  const machine: MachineRecord = {
    ...{ id, name: name === '' ? id : name, provider: provider.name, asked, labels, ports, account, owner, namespace },
    ...(wish.maxPriceUsd === undefined ? {} : { maxPriceUsd: wish.maxPriceUsd }),
    ...offer,
    ...{ state: isHost ? 'active' : 'allocating', reason: why, atMs: tx.atMs },
    ...{ createdAtMs: tx.atMs, revision: tx.revision },
  };
  tx.putMachine(machine);
  tellMachine(tx, machine, { reason: why, text: `For ${owner}: ${offer.text}` });
  return machine;
}

function known(tx: Transaction, id: string): MachineRecord {
  const found = tx.machine(id);
  if (found === undefined) throw machineNotFound(id);
  return found;
}
