import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { MachineRecord } from '../../common/model/machine.js';
import type { Logger } from '../../common/observe/logger.js';
import { holdingCount } from '../fleet/index.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import { deleteMiner } from '../rollout/index.js';
import type { StoreCommit } from '../store/store.js';
import { removeHost } from './leave-fleet.js';
import { minersOf } from './machines.js';
import { nextStep } from './plan.js';
import type { MachineStep } from './plan.js';
import type { MachineProvider, ProviderWork } from './port.js';
import { enter, note, remove, tellMachine } from './transitions.js';

/** What the loop works with. */
export interface MachineLoopParts {
  readonly fleet: FleetPort;
  readonly providers: readonly MachineProvider[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks where nothing changes, in milliseconds. */
const PERIOD_MS = 5_000;
/** Changes are looked at together: a machine that is drained changes with each of its instances. */
const GATHER_MS = 250;

interface Lane {
  readonly kind: 'provide' | 'withdraw' | 'change';
  readonly stop: AbortController;
}

interface Standing {
  readonly machine: MachineRecord;
  /** Undefined for one that is no longer configured. */
  readonly provider: MachineProvider | undefined;
}

/** Outcome of work of a provider. */
type Outcome = { readonly hostId: string } | { readonly error: unknown };

/**
 * Carries machines from state to state by their records alone, so that a restart goes on where it was. Of each machine one piece of
 * work is under way at most; a release ends the making of it first.
 */
export class MachineLoop {
  readonly #parts: MachineLoopParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Set<Promise<void>>();
  /** What its provider has heard of last, of machines that were changed. */
  readonly #toldOf = new Map<string, string>();
  #poke: () => void = () => undefined;

  constructor(parts: MachineLoopParts) {
    this.#parts = parts;
  }

  /** Runs until the signal, and resolves when no provider works any more. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, fleet } = this.#parts;
    const ended = (): boolean => signal.aborted;
    const letGo = fleet.onApplied((commit) => {
      if (concerns(commit)) this.#poke();
    });
    while (!ended()) {
      // What the look itself changes may call for another one.
      const nap = new AbortController();
      this.#poke = () => {
        nap.abort();
      };
      this.#pass(signal);
      await clock.sleep(PERIOD_MS, AbortSignal.any([signal, nap.signal])).catch(() => undefined);
      if (!ended() && nap.signal.aborted) await clock.sleep(GATHER_MS, signal).catch(() => undefined);
    }
    letGo();
    for (const { stop } of this.#lanes.values()) stop.abort();
    await Promise.all(this.#running);
  }

  #pass(signal: AbortSignal): void {
    for (const machine of [...this.#parts.fleet.machines()]) {
      const lane = this.#lanes.get(machine.id);
      if (lane !== undefined) {
        if (machine.state === 'releasing' && lane.kind !== 'withdraw') lane.stop.abort();
        continue;
      }
      const provider = this.#parts.providers.find(({ name }) => name === machine.provider);
      const step = this.#stepOf(machine, provider);
      if (step !== undefined) this.#take({ machine, provider }, step, signal);
      else if (machine.state === 'active') this.#tellChanges(machine, signal);
    }
  }

  #stepOf(machine: MachineRecord, provider: MachineProvider | undefined): MachineStep | undefined {
    const { fleet } = this.#parts;
    const hostId = hostIdOf(machine, provider);
    return nextStep({
      machine,
      host: fleet.host(hostId),
      liveOnHost: hostId === '' ? 0 : holdingCount(fleet.countsOn(hostId)),
      miners: machine.state === 'releasing' ? minersOf(fleet, machine) : [],
      ownsHosts: provider?.ownsHosts ?? false,
    });
  }

  #take({ machine, provider }: Standing, step: MachineStep, signal: AbortSignal): void {
    const { fleet } = this.#parts;
    const { id, hostId } = machine;
    switch (step.kind) {
      case 'provide':
      case 'withdraw':
        this.#work(machine, step.kind, signal);
        return;
      case 'remove':
        fleet.transact((tx) => {
          this.#end(tx, machine);
        });
        return;
      case 'hostGone': {
        const why = { reason: 'machine_host_gone', text: `Its host ${hostId} was removed from the fleet.` };
        fleet.transact((tx) => enter(tx, machine, { state: 'failed', ...why }));
        return;
      }
      case 'drain':
        fleet.transact((tx) => {
          drain(tx, machine, hostIdOf(machine, provider));
        });
        return;
      case 'deleteMiners':
        fleet.transact((tx) => {
          for (const name of step.names) deleteMiner(tx, name);
        });
        return;
      case 'wait':
        fleet.transact((tx) => {
          note(tx, id, { text: step.text });
        });
    }
  }

  #tellChanges(machine: MachineRecord, signal: AbortSignal): void {
    const now = changesOf(machine);
    if (this.#toldOf.get(machine.id) === now) return;
    // Anew after each start, for nobody knows whether the one before came to it.
    this.#toldOf.set(machine.id, now);
    const provider = this.#parts.providers.find(({ name }) => name === machine.provider);
    if (provider?.change !== undefined) this.#work(machine, 'change', signal);
  }

  #work(machine: MachineRecord, kind: Lane['kind'], signal: AbortSignal): void {
    const { id } = machine;
    const stop = new AbortController();
    this.#lanes.set(id, { kind, stop });
    const lane = this.#done(machine, kind, AbortSignal.any([signal, stop.signal]))
      .then((outcome) => {
        // What was called off tells nothing: it goes on after the restart, or the release begins.
        if (!signal.aborted && !stop.signal.aborted) this.#settle(id, kind, outcome);
      })
      .finally(() => {
        this.#lanes.delete(id);
        this.#running.delete(lane);
        this.#poke();
      });
    this.#running.add(lane);
  }

  async #done(machine: MachineRecord, kind: Lane['kind'], signal: AbortSignal): Promise<Outcome> {
    const { fleet, providers } = this.#parts;
    const tell: ProviderWork['tell'] = (progress) =>
      fleet.transact((tx) => {
        note(tx, machine.id, progress);
      }).durable;
    try {
      const provider = providers.find(({ name }) => name === machine.provider);
      if (provider === undefined) throw notConfigured(machine);
      const work = { tell, signal };
      if (kind === 'provide') return { hostId: await provider.provide(machine, work) };
      await (kind === 'withdraw' ? provider.withdraw(machine, work) : provider.change?.(machine, work));
      return { hostId: machine.hostId };
    } catch (error) {
      return { error };
    }
  }

  #settle(id: string, kind: Lane['kind'], outcome: Outcome): void {
    const { fleet, logger } = this.#parts;
    const why = 'error' in outcome ? whyOf(outcome.error) : undefined;
    if (why?.reason === 'provider_failed') logger.error({ err: why.cause, machine: id }, 'a provider failed');
    fleet.transact((tx) => {
      const machine = tx.machine(id);
      if (machine === undefined) return;
      if (why !== undefined) {
        const { reason, text } = why;
        // A machine runs on where its place did not take a change.
        if (kind === 'change') tellMachine(tx, machine, { reason, text });
        else enter(tx, machine, { state: 'failed', reason, text });
      } else if (kind === 'provide' && 'hostId' in outcome) {
        const { hostId } = outcome;
        enter(tx, machine, { state: 'active', reason: 'machine_active', text: 'It is a host.', patch: { hostId } });
      } else if (kind === 'withdraw') this.#end(tx, machine);
    });
  }

  /** The host leaves the fleet with its machine where it came with it. */
  #end(tx: Transaction, machine: MachineRecord): void {
    const provider = this.#parts.providers.find(({ name }) => name === machine.provider);
    const host = tx.host(hostIdOf(machine, provider));
    if (provider?.ownsHosts === true && host !== undefined) {
      try {
        removeHost(tx, host, { force: true, by: machine.release?.by ?? '' });
      } catch (error) {
        const { reason, text } = whyOf(error);
        enter(tx, machine, { state: 'failed', reason, text });
        return;
      }
    }
    this.#toldOf.delete(machine.id);
    remove(tx, machine);
  }
}

function concerns({ changes }: StoreCommit): boolean {
  // Instances end without a word of miners or hosts; what waits for them is looked at every few seconds.
  return changes.some((change) => 'table' in change && ['machine', 'host', 'miner'].includes(change.table));
}

/** One whose making was cut short may have joined without anybody here knowing. */
function hostIdOf({ id, hostId }: MachineRecord, provider: MachineProvider | undefined): string {
  return hostId === '' && provider?.ownsHosts === true ? id : hostId;
}

function drain(tx: Transaction, { name }: MachineRecord, hostId: string): void {
  const host = tx.host(hostId);
  if (host === undefined) return;
  const why = { reason: 'host_draining', text: `Its machine ${name} is given back.` };
  tx.putHost({ ...host, ...why, cordoned: true, draining: true, changedAtMs: tx.atMs });
  tx.event({ subject: 'host', id: hostId, hostId, state: host.state, ...why });
}

/** What of a machine a provider may want to know of. */
function changesOf({ name, ports }: MachineRecord): string {
  return JSON.stringify([name, ports]);
}

function whyOf(error: unknown): { readonly reason: string; readonly text: string; readonly cause?: unknown } {
  if (error instanceof HeadframeError) return { reason: error.reason, text: error.message };
  const text = error instanceof Error ? error.message : String(error);
  return { reason: 'provider_failed', text, cause: error };
}

function notConfigured({ provider }: MachineRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'provider_unknown',
    message: `the provider ${provider} is no longer configured`,
  });
}
