import { HeadframeError } from '../../common/model/error.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import type { LossVerdict } from './mass-loss.js';

/** Something wrong with the fleet as a whole, for as long as it lasts. */
export interface FleetAlarm {
  readonly reason: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

interface BrakeRecord {
  /** Undefined while the brake does not hold. */
  readonly alarm: FleetAlarm | undefined;
  /** Hosts that an operator gave up while the brake held them, and that have not been heard since. */
  readonly givenUp: readonly string[];
}

const SETTING = 'mass_loss';
const FREE: BrakeRecord = { alarm: undefined, givenUp: [] };

/** The brake on replacing what ran on hosts that fell silent many at once: its state, kept with the fleet's records. */
export class MassLossBrake {
  readonly #fleet: FleetPort;

  constructor(fleet: FleetPort) {
    this.#fleet = fleet;
  }

  /** Whether it holds. */
  get braked(): boolean {
    return this.#record.alarm !== undefined;
  }

  /** What an operator should look at now. */
  alarms(): readonly FleetAlarm[] {
    const { alarm } = this.#record;
    return alarm === undefined ? [] : [alarm];
  }

  /** Whether an operator has given the host up, and it has not been heard since. */
  isGivenUp(hostId: string): boolean {
    // Asked for every message of every host.
    return this.#fleet.setting(SETTING) !== undefined && this.#record.givenUp.includes(hostId);
  }

  /** Takes hold or lets go, as the verdict says; writes only what changes. */
  follow(tx: Transaction, { braked, hosts, missing }: LossVerdict): void {
    const { alarm, givenUp } = this.#record;
    if (braked === (alarm !== undefined)) return;
    const share = `${String(missing)} of ${String(hosts)} hosts`;
    if (!braked) {
      put(tx, { alarm: undefined, givenUp });
      tx.event({ subject: 'fleet', id: '', reason: 'mass_loss_over', text: `${share} are silent now.` });
      return;
    }
    const text = `${share} fell silent at once; what ran on them is not replaced.`;
    put(tx, { alarm: { reason: 'mass_loss', text, sinceMs: tx.atMs }, givenUp });
    tx.event({ subject: 'fleet', id: '', reason: 'mass_loss', text });
  }

  /** Gives these hosts up and lets go. Throws `HeadframeError` (failed_precondition, brake_free) while it does not hold. */
  release(tx: Transaction, missing: readonly string[]): void {
    if (!this.braked) throw brakeFree();
    put(tx, { alarm: undefined, givenUp: [...new Set([...this.#record.givenUp, ...missing])] });
    const text = `An operator gave up ${String(missing.length)} silent hosts; what ran on them is replaced.`;
    tx.event({ subject: 'fleet', id: '', reason: 'mass_loss_over', text });
  }

  /** A host that was given up is back, or gone. */
  forget(hostId: string): void {
    if (!this.isGivenUp(hostId)) return;
    this.#fleet.transact((tx) => {
      const { alarm, givenUp } = this.#record;
      put(tx, { alarm, givenUp: givenUp.filter((id) => id !== hostId) });
    });
  }

  get #record(): BrakeRecord {
    // Written here alone, and the store vouches for what it gives back.
    return { ...FREE, ...(this.#fleet.setting(SETTING) as Partial<BrakeRecord> | undefined) };
  }
}

function put(tx: Transaction, record: BrakeRecord): void {
  const { alarm, givenUp } = record;
  tx.putSetting(SETTING, alarm === undefined ? { givenUp } : { alarm, givenUp });
}

function brakeFree(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'brake_free',
    message: 'the mass-loss brake holds no host',
    remedy: 'Nothing to release: silent hosts are replaced as their leases end.',
  });
}
