import type { Duplex } from 'node:stream';
import type { Clock } from '../../common/model/clock.js';
import type { HostRecord } from '../../common/model/host.js';
import type { FleetReader } from '../fleet/port.js';
import { directAddress } from './direct-places.js';
import type { KnockOutcome } from './knock.js';
import { instanceNotFound, notHeld, notRunning } from './reach-errors.js';

/** A way to the ports of instances, wherever they run. */
export interface ReachPort {
  /**
   * Connects to a TCP port of the container of a running instance, one that it declares. What comes back is the connection, for
   * its caller to destroy; where it leads through the host's agent, that nothing listens at the port shows only as its error, a
   * `HeadframeError` ('port_silent'), before any byte. The signal ends the attempt, and not the connection. Throws
   * `HeadframeError`: not_found ('instance_not_found', 'port_not_held'), failed_precondition ('not_running') and unavailable.
   */
  connect(serial: number, containerPort: number, signal: AbortSignal): Promise<Duplex>;
}

/** What it works with. */
export interface ReachParts {
  readonly fleet: Pick<FleetReader, 'instance' | 'workload' | 'host'>;
  /** Where a host's agent calls from; undefined when it is not connected. */
  readonly addressOf: (hostId: string) => string | undefined;
  readonly knock: (address: string, port: number, signal: AbortSignal) => Promise<KnockOutcome>;
  /** The way through a host's agent. */
  readonly dial: (target: DialTarget, signal: AbortSignal) => Promise<Duplex>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Of the machine that this runs on; '' where none is told. */
  readonly bootId: string;
}

/** A port that a host's agent is to connect to. */
interface DialTarget {
  readonly hostId: string;
  readonly serial: number;
  readonly containerPort: number;
}

/** Where an instance's port is. */
interface Target {
  readonly hostId: string;
  readonly host: HostRecord | undefined;
  /** 0 where it has none. */
  readonly hostPort: number;
}

/** How long a host that was silent is asked through its agent alone, in milliseconds. */
const SILENCE_MS = 60_000;

/** Reaches instances at their hosts' addresses, and through their hosts' agents where none answers. */
export class Reach implements ReachPort {
  readonly #parts: ReachParts;
  /** Until when hosts whose addresses did not answer are left alone, on the monotonic clock. */
  readonly #silentUntilMs = new Map<string, number>();

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  async connect(serial: number, containerPort: number, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    const { hostId, ...rest } = this.#find(serial, containerPort);
    const direct = await this.#direct({ hostId, ...rest }, signal);
    return direct ?? (await this.#parts.dial({ hostId, serial, containerPort }, signal));
  }

  #find(serial: number, containerPort: number): Target {
    const { fleet } = this.#parts;
    const instance = fleet.instance(serial);
    if (instance === undefined) throw instanceNotFound(serial);
    const { hostId, state, workloadId, hostPorts } = instance;
    if (hostId === undefined || state !== 'running') throw notRunning(instance);
    const { ports, network } = fleet.workload(workloadId)?.container ?? { ports: [], network: 'none' };
    const index = ports.findIndex((port) => port.protocol === 'tcp' && port.containerPort === containerPort);
    if (index < 0) throw notHeld(instance, containerPort);
    const hostPort = network === 'none' ? 0 : (hostPorts[index] ?? 0);
    return { hostId, hostPort, host: fleet.host(hostId) };
  }

  /** Undefined where the host cannot be reached so. Rejects when the signal is aborted. */
  async #direct({ hostId, host, hostPort }: Target, signal: AbortSignal): Promise<Duplex | undefined> {
    const { addressOf, bootId, clock } = this.#parts;
    if (host === undefined || hostPort === 0) return undefined;
    const address = directAddress({ calledFrom: addressOf(hostId), description: host.description }, bootId);
    if (address === undefined || clock.monotonicMs() < (this.#silentUntilMs.get(hostId) ?? 0)) return undefined;
    const outcome = await this.#parts.knock(address, hostPort, signal);
    if (outcome === 'silent') this.#leaveAlone(hostId);
    else this.#silentUntilMs.delete(hostId);
    return typeof outcome === 'string' ? undefined : outcome;
  }

  #leaveAlone(hostId: string): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [id, untilMs] of this.#silentUntilMs) if (untilMs <= nowMs) this.#silentUntilMs.delete(id);
    this.#silentUntilMs.set(hostId, nowMs + SILENCE_MS);
  }
}
