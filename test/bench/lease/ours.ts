import { join } from 'node:path';
import { LeaseState } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { Lease } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import type { Client } from '../../../common/rpc/index.js';
import { testImage } from '../../support/docker.js';
import type { RunningFleet } from '../../support/running-fleet.js';
import { LIMITS } from './limits.js';
import { firstLogin, logIn } from './ssh-client.js';

/** Of one lease, in seconds since it was asked for. */
export interface LeaseTimes {
  /** The answer, which is given once the lease is durable. */
  readonly answered: number;
  /** It has a host. */
  readonly placed: number;
  /** The engine has made its container, and started it. */
  readonly created: number;
  readonly started: number;
  /** A client has heard that the container runs. */
  readonly running: number;
  /** The SSH server answers. */
  readonly banner: number;
  /** The real client has logged in, at the first moment that it could. */
  readonly login: number;
  /** A client has heard that the lease is ready: the coordinator's probe has logged in and read the limits. */
  readonly ready: number;
  /** The real client has logged in after it was told. */
  readonly readyLogin: number;
}

/** Where a lease is made. */
export interface OursParts {
  readonly fleet: RunningFleet;
  readonly leases: Client<typeof LeaseService>;
  /** With the renter's key, `renter` and `renter.pub`. */
  readonly folder: string;
  readonly authorizedKey: string;
}

const TERM_MS = 3_600_000n;
const PATIENCE_MS = 120_000;

/** Makes a lease, logs in to it and releases it; nothing of it is left when this is over. */
export async function ourRound(
  { fleet, leases, folder, authorizedKey }: OursParts,
  round: number,
): Promise<LeaseTimes> {
  const id = `bench-${String(round)}`;
  const resources = { cpuMillis: LIMITS.cpuMillis, memoryBytes: LIMITS.memoryBytes, diskBytes: LIMITS.diskBytes };
  const [beganAtMs, beganWallMs] = [performance.now(), Date.now()];
  const since = (atMs: number): number => (atMs - beganAtMs) / 1000;
  const { lease } = await leases.createLease({
    ...{ id, image: testImage, resources: { ...resources, pids: LIMITS.pids } },
    ...{ authorizedKeys: [authorizedKey], termMs: TERM_MS },
  });
  const answeredAtMs = performance.now();
  const watch = new LeaseWatch(leases, id);
  const placed = await watch.reached(LeaseState.PLACED);
  const door = {
    ...{ port: placed.lease.ports[0]?.hostPort ?? 0, alias: id, hostKey: lease?.hostKey ?? '' },
    ...{ identity: join(folder, 'renter'), knownHosts: join(folder, `known-${id}`) },
  };
  // As for the baseline: who knocks before there is a container has the kernel wait a second before it asks again where that is.
  const running = await watch.reached(LeaseState.PROBING);
  const { bannerAtMs, loggedInAtMs } = await firstLogin(door);
  const ready = await watch.reached(LeaseState.READY);
  const againAtMs = performance.now();
  await logIn(door);
  const loginMs = performance.now() - againAtMs;
  const { Created, State } = await fleet.container(id);
  const wall = (text: string): number => (Date.parse(text) - beganWallMs) / 1000;
  const times = {
    ...{ answered: since(answeredAtMs), placed: since(placed.atMs), created: wall(Created) },
    ...{ started: wall(State.StartedAt), running: since(running.atMs) },
    ...{ banner: since(bannerAtMs), login: since(loggedInAtMs) },
    ...{ ready: since(ready.atMs), readyLogin: since(ready.atMs + loginMs) },
  };
  await leases.releaseLease({ id });
  await watch.reached(LeaseState.RELEASED);
  watch.close();
  return times;
}

interface Reached {
  readonly lease: Lease;
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
}

/** Hears of each state of a lease when it is first in it, or beyond. */
class LeaseWatch {
  readonly #stop = new AbortController();
  readonly #seen: Reached[] = [];
  readonly #ended: Promise<void>;
  #poke: () => void = () => undefined;

  constructor(leases: Client<typeof LeaseService>, id: string) {
    this.#ended = this.#follow(leases, id);
    this.#ended.catch(() => undefined); // told to whoever waits for a state
  }

  async reached(state: LeaseState): Promise<Reached> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.#seen.find(({ lease }) => lease.state >= state);
      if (found !== undefined) return found;
      if (patience.aborted) throw new Error(`${this.#last()}: it never came to state ${String(state)}`);
      const changed = new Promise<void>((resolve) => (this.#poke = resolve));
      await Promise.race([changed, this.#ended, new Promise((resolve) => setTimeout(resolve, 1_000))]);
    }
  }

  close(): void {
    this.#stop.abort();
  }

  #last(): string {
    const lease = this.#seen.at(-1)?.lease;
    return `${lease?.id ?? 'a lease'} is ${lease?.why?.reason ?? 'nowhere'}, ${lease?.why?.text ?? ''}`;
  }

  async #follow(leases: Client<typeof LeaseService>, id: string): Promise<void> {
    for await (const { lease } of leases.watchLease({ id }, { signal: this.#stop.signal })) {
      if (lease !== undefined) this.#seen.push({ lease, atMs: performance.now() });
      this.#poke();
    }
  }
}
