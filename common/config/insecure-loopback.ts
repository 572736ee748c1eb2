import { isLoopback, splitAddress } from '../model/address.js';
import { HeadframeError } from '../model/error.js';

/** The one flag, in every program, by which it speaks in clear, and its words for help. */
export const INSECURE_LOOPBACK = {
  flag: '--insecure-loopback',
  text: 'speak in clear, to this machine alone, where everybody may then do everything',
} as const;

/** Where an address that is to be spoken to in clear was said: a field of a configuration, a flag or a variable. */
export interface AddressOrigin {
  readonly path: string;
  readonly address: string;
}

/**
 * Throws `HeadframeError` (failed_precondition, 'plaintext_refused') for an address that is not on the loopback: what goes to
 * or comes from another machine in clear can be read and changed on its way.
 */
export function refuseOffLoopback({ path, address }: AddressOrigin): void {
  if (isLoopback(splitAddress(address).host)) return;
  const expected = 'an address on the loopback, such as 127.0.0.1:7700, because nothing is encrypted';
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'plaintext_refused',
    message: `${address} is not of this machine alone, and nothing is said in clear to others`,
    remedy: `Leave ${INSECURE_LOOPBACK.flag} (security.mode: plaintext) out, so that mutual TLS is spoken.`,
    violations: [{ path, value: address, expected }],
  });
}

/** The settings that a command line gave, with the flag for what it stands for. */
export function withInsecureLoopback<T>(given: Readonly<Record<string, T>>, isInsecure: boolean) {
  return isInsecure ? { ...given, 'security.mode': 'plaintext' } : given;
}
