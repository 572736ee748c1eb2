import { createHash } from 'node:crypto';
import type { LeaseTraffic } from './traffic.js';

/** A whole packet of segments, 64 KiB, passes at once; at high rates what comes between two ticks of the kernel does, too. */
const LEAST_BURST_BYTES = 131_072;
const BURST_SECONDS = 0.02;
/** What waits longer is dropped. */
const LATENCY = '400ms';

/**
 * Arguments of `tc` that hold what a lease receives to its rate, given what `tc qdisc show` printed; undefined when
 * they hold already. Pure.
 */
export function planShaping({ bridge, bandwidthBytes }: LeaseTraffic, observed: string): string[] | undefined {
  const handle = handleOf(bandwidthBytes);
  if (new RegExp(`^qdisc tbf ${handle}: dev ${bridge} root`, 'm').test(observed)) return undefined;
  const burst = Math.max(LEAST_BURST_BYTES, Math.ceil(bandwidthBytes * BURST_SECONDS));
  const rate = ['rate', `${String(bandwidthBytes * 8)}bit`, 'burst', `${String(burst)}b`, 'latency', LATENCY];
  return ['qdisc', 'replace', 'dev', bridge, 'root', 'handle', `${handle}:`, 'tbf', ...rate];
}

/** The number tells which rate is set, since each version prints rates in its own way. 1000 to 8fff: no number that tc draws. */
function handleOf(bandwidthBytes: number): string {
  const digest = createHash('sha256').update(String(bandwidthBytes)).digest().readUInt16BE();
  return (0x1000 + (digest % 0x7000)).toString(16);
}
