import { splitAddress } from '../common/model/address.js';
import { HeadframeError } from '../common/model/error.js';

/**
 * Whether plaintext at this address stays on the machine. Throws `HeadframeError` (failed_precondition,
 * 'plaintext_refused') for an address that other machines reach, unless the configuration insists.
 */
export function checkPlaintext(listen: string, insecure: boolean): { readonly isLocal: boolean } {
  const isLocal = isLoopback(splitAddress(listen).host);
  if (isLocal || insecure) return { isLocal };
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'plaintext_refused',
    message: `other machines can reach ${listen}, and what is said there is not encrypted`,
    remedy: 'Listen on 127.0.0.1 and tunnel to it, or set insecure: true on a network that you trust.',
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
