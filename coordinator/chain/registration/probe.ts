import { connect } from 'node:net';
import type { Endpoint } from './operation.js';
import { endpointUnreachable } from './refusals.js';

/** Whether an endpoint takes connections, and if not, why. */
export type Probe = { readonly answers: true } | { readonly answers: false; readonly why: string };

/** Longest wait for a connection. */
const DEADLINE_MS = 5_000;

/** Tries an endpoint from here, by a TCP connection that is closed at once. Never rejects. */
export function probeEndpoint({ ip, port }: Endpoint, deadlineMs: number = DEADLINE_MS): Promise<Probe> {
  return new Promise((resolve) => {
    const socket = connect({ host: ip, port, timeout: deadlineMs });
    const end = (probe: Probe): void => {
      socket.destroy();
      resolve(probe);
    };
    socket.once('connect', () => end({ answers: true }));
    socket.once('timeout', () => end({ answers: false, why: `no answer within ${String(deadlineMs / 1000)} s` }));
    socket.once('error', (error) => end({ answers: false, why: error.message }));
  });
}

/** Throws `HeadframeError` (failed_precondition, 'miner_unreachable') where an endpoint takes no connection from here. */
export async function requireReachable(endpoint: Endpoint): Promise<void> {
  const probe = await probeEndpoint(endpoint);
  if (!probe.answers) throw endpointUnreachable(`${endpoint.ip} port ${String(endpoint.port)}`, probe.why);
}
