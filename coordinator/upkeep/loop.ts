import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { holdingCount } from '../fleet/index.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import { instancesIn } from '../instances/instance-rows.js';
import type { StoreCommit } from '../store/store.js';
import { planUpkeep } from './plan.js';
import type { UpkeepChange, UpkeepOptions, UpkeepView } from './plan.js';
import { openForMs, parseWindow } from './window.js';
import type { MaintenanceWindow } from './window.js';

/** The parts the loop works with. */
export interface UpkeepParts {
  readonly fleet: FleetPort;
  /** Tells a host's agent to end this boot of the machine; one that is not connected is told later. */
  readonly orderReboot: (hostId: string, bootId: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Windows begin and end on the minute, and a reboot is ordered again this often, for an order may be lost. */
const PERIOD_MS = 5_000;
/** Changes of hosts and instances are looked at together: each look goes over all hosts, of which there may be thousands. */
const GATHER_MS = 1_000;

/**
 * Carries windows and reboots through, from records alone: whatever a restart interrupts goes on where it was. Orders
 * go out only once what they rest on is durable.
 */
export class UpkeepLoop {
  readonly #parts: UpkeepParts;
  readonly #options: UpkeepOptions;
  readonly #windows = new Map<string, MaintenanceWindow | undefined>();
  /** Hosts on which work is under way. */
  readonly #busy = new Set<string>();
  #poke: () => void = () => undefined;

  constructor(parts: UpkeepParts, options: UpkeepOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Runs until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, fleet } = this.#parts;
    const ended = (): boolean => signal.aborted;
    const letGo = fleet.onApplied((commit) => {
      if (this.#concerns(commit)) this.#poke();
    });
    while (!ended()) {
      this.#pass();
      const nap = new AbortController();
      this.#poke = () => {
        nap.abort();
      };
      await clock.sleep(PERIOD_MS, AbortSignal.any([signal, nap.signal])).catch(() => undefined);
      if (!ended() && nap.signal.aborted) await clock.sleep(GATHER_MS, signal).catch(() => undefined);
    }
    letGo();
  }

  /** Whether a host changed, or an instance on one that is worked on. */
  #concerns({ changes }: StoreCommit): boolean {
    return changes.some((change) => {
      if (change.kind === 'document') return change.table === 'host';
      if (this.#busy.size === 0) return false;
      for (const { hostId } of instancesIn(change)) if (hostId !== undefined && this.#busy.has(hostId)) return true;
      return false;
    });
  }

  #pass(): void {
    const { fleet, logger } = this.#parts;
    const view = this.#view();
    const changes = planUpkeep(view);
    this.#busy.clear();
    for (const { id, upkeep } of view.hosts) if (upkeep !== undefined) this.#busy.add(id);
    for (const { hostId } of changes) this.#busy.add(hostId);
    if (changes.length === 0) {
      this.#order();
      return;
    }
    const { durable } = fleet.transact((tx) => {
      for (const change of changes) apply(tx, change);
    });
    for (const { hostId, event } of changes)
      if (event !== undefined) logger.info({ host: hostId, reason: event.reason }, event.text);
    // A store that failed ends the coordinator; its successor goes on from what is durable.
    void durable.then(
      () => {
        this.#order();
      },
      () => undefined,
    );
  }

  #view(): UpkeepView {
    const { fleet, clock } = this.#parts;
    const nowMs = clock.nowMs();
    return {
      hosts: [...fleet.hosts()].filter(({ state }) => state !== 'removed'),
      liveOn: (hostId) => holdingCount(fleet.countsOn(hostId)),
      openForMs: this.#opening(nowMs),
      nowMs,
      options: this.#options,
    };
  }

  /** Many hosts have the same window: each is looked at once. */
  #opening(nowMs: number): UpkeepView['openForMs'] {
    const looked = new Map<string, number>();
    const look = (text: string): number => {
      const window = this.#windowOf(text);
      const leftMs = (window && openForMs(window, nowMs)) ?? 0;
      looked.set(text, leftMs);
      return leftMs;
    };
    return ({ windows }) => {
      // Most hosts have none, and all hosts are looked at in one turn.
      if (windows === undefined || windows.length === 0) return undefined;
      const leftMs = Math.max(0, ...windows.map((text) => looked.get(text) ?? look(text)));
      return leftMs === 0 ? undefined : leftMs;
    };
  }

  #windowOf(text: string): MaintenanceWindow | undefined {
    if (!this.#windows.has(text)) this.#windows.set(text, parseWindow(text));
    return this.#windows.get(text);
  }

  #order(): void {
    const { fleet, orderReboot } = this.#parts;
    for (const id of this.#busy) {
      const host = fleet.host(id);
      if (host?.upkeep?.step === 'rebooting' && host.upkeep.bootId === host.description.bootId)
        orderReboot(id, host.upkeep.bootId);
    }
  }
}

function apply(tx: Transaction, { hostId, patch, event }: UpkeepChange): void {
  const host = tx.host(hostId);
  if (host === undefined) return;
  tx.putHost({ ...host, ...patch, changedAtMs: tx.atMs });
  if (event !== undefined) tx.event({ subject: 'host', id: hostId, hostId, state: host.state, ...event });
}
