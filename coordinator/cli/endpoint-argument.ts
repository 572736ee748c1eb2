import { usageError } from './usage-error.js';

/**
 * An address and a port of `203.0.113.7:8091` or `[2001:db8::7]:8091`; what they are worth the coordinator judges. Throws
 * `HeadframeError` (invalid_argument, 'serving_invalid').
 */
export function addressAndPort(text: string): { readonly ip: string; readonly port: number } {
  const [, v6, v4, port] = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([\d.]{7,15})):(\d{1,5})$/.exec(text) ?? [];
  const ip = v6 ?? v4;
  if (ip !== undefined) return { ip, port: Number(port) };
  throw usageError(
    'serving_invalid',
    `${text.slice(0, 80)} is no endpoint`,
    'Say an address, not a name, and a port: 203.0.113.7:8091 or [2001:db8::7]:8091.',
  );
}
