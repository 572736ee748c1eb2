import type { Duplex } from 'node:stream';
import type { Clock } from '../../../../common/model/clock.js';
import type { LeaseProber, ProbeTarget, ProbeVerdict } from '../prober.js';
import type { ProbeKey } from './log-in.js';
import { isOpen, probeBySsh } from './ssh-prober.js';

/** A port of a lease's container that its host's agent is to connect to. */
export interface DialTarget {
  readonly hostId: string;
  /** Of the lease's instance. */
  readonly serial: number;
  readonly containerPort: number;
}

/** What the prober works with. */
export interface LeaseProberParts {
  readonly key: ProbeKey;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly dial: (target: DialTarget, signal: AbortSignal) => Promise<Duplex>;
}

/** Tries leases by SSH: at their host's addresses, or through its agent where none of them answers. */
export class SshLeaseProber implements LeaseProber {
  readonly #parts: LeaseProberParts;

  constructor(parts: LeaseProberParts) {
    this.#parts = parts;
  }

  probe({ lease, instance, workload, host }: ProbeTarget, signal: AbortSignal): Promise<ProbeVerdict> {
    const { key, clock, dial } = this.#parts;
    const [hostPort = 0] = lease.hostPorts;
    // SSH is the first of a lease's ports.
    const containerPort = workload.container.ports[0]?.containerPort ?? 0;
    const target = {
      // The one that was made for the lease stands in its record.
      hostKey: Buffer.from(lease.hostKey.split(' ')[1] ?? '', 'base64'),
      addresses: hostPort === 0 ? [] : host.description.addresses,
      hostPort,
      rented: workload.resources,
      wasReady: lease.startsAtMs > 0,
      dial: (within: AbortSignal) => dial({ hostId: host.id, serial: instance.serial, containerPort }, within),
    };
    return probeBySsh(target, { key, clock }, signal);
  }

  /** A host that cannot be reached from here has no port that could be seen from here. */
  async isClosed({ lease, host }: Pick<ProbeTarget, 'lease' | 'host'>, signal: AbortSignal): Promise<boolean> {
    const places = host.description.addresses.flatMap((address) => lease.hostPorts.map((port) => ({ address, port })));
    const open = await Promise.all(places.map(({ address, port }) => isOpen(address, port, signal)));
    return !open.includes(true);
  }
}
