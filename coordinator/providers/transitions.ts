import type { MachineRecord } from '../../common/model/machine.js';
import type { ReasonCode } from '../../common/model/reason.js';
import type { Transaction } from '../fleet/port.js';

/** Longest text that is kept of a machine. */
const MOST_TEXT = 1000;

/** What of a machine may change beside its state. */
export type MachinePatch = Partial<
  Pick<MachineRecord, 'name' | 'place' | 'hostId' | 'address' | 'priceUsd' | 'account' | 'ports' | 'release'>
>;

/** Brings a machine to a state, and tells of it. */
export function enter(
  tx: Transaction,
  before: MachineRecord,
  {
    patch,
    ...to
  }: Pick<MachineRecord, 'state' | 'text'> & {
    readonly reason: string;
    readonly patch?: MachinePatch;
  },
): MachineRecord {
  const text = to.text.slice(0, MOST_TEXT);
  const after = { ...before, ...patch, ...to, text, atMs: tx.atMs, revision: tx.revision };
  tx.putMachine(after);
  tellMachine(tx, after, { reason: to.reason, text });
  return after;
}

/** Keeps what is told of a machine without a change of its state; what is the same is not written. */
export function note(tx: Transaction, id: string, patch: MachinePatch & { readonly text?: string }): void {
  const before = tx.machine(id);
  if (before === undefined) return;
  const after = { ...before, ...patch, text: (patch.text ?? before.text).slice(0, MOST_TEXT) };
  if (JSON.stringify(after) !== JSON.stringify(before)) tx.putMachine({ ...after, revision: tx.revision });
}

/** Removes a machine that is no more. */
export function remove(tx: Transaction, machine: MachineRecord): void {
  tx.removeMachine(machine.id);
  tellMachine(tx, machine, { reason: 'machine_released', text: `Released by ${machine.release?.by ?? ''}.` });
}

/** An event about a machine. */
export function tellMachine(
  tx: Transaction,
  { id, name, hostId }: MachineRecord,
  { reason, text }: { readonly reason: ReasonCode | (string & {}); readonly text: string },
): void {
  const called = name === id ? id : `${name} (${id})`;
  const about = hostId === '' ? { subject: 'fleet' as const, id: '' } : { subject: 'host' as const, id: hostId };
  tx.event({ ...about, reason, text: `Machine ${called}: ${text}` });
}
