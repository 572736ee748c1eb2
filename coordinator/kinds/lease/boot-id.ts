import { readFileSync } from 'node:fs';

/** Id of this boot of the machine, which the boot clock counts from; '' where the system tells none. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return ''; // no /proc here: no two boots can be told apart, and the wall clock is believed
  }
}
