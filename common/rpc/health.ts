import { Health, HealthCheckResponse_ServingStatus } from '../gen/grpc/health/v1/health_pb.js';
import { HeadframeError } from '../model/error.js';
import type { RpcServer } from './server.js';

/** Whether a service can take calls; `unknown_service` is what watchers of a service not set yet are told. */
export type ServingStatus = 'serving' | 'not_serving' | 'unknown_service';

const WIRE_STATUS: Readonly<Record<ServingStatus, HealthCheckResponse_ServingStatus>> = {
  serving: HealthCheckResponse_ServingStatus.SERVING,
  not_serving: HealthCheckResponse_ServingStatus.NOT_SERVING,
  unknown_service: HealthCheckResponse_ServingStatus.SERVICE_UNKNOWN,
};

/** The settable state behind grpc.health.v1; the empty name stands for the server as a whole. */
export class HealthRegistry {
  readonly #statuses = new Map<string, ServingStatus>();
  readonly #listeners = new Map<string, Set<() => void>>();

  /** The status of a service by its full name; `unknown_service` until it is set. */
  get(service: string): ServingStatus {
    return this.#statuses.get(service) ?? 'unknown_service';
  }

  /** Sets the status of a service and tells its watchers if it changed. */
  set(service: string, status: 'serving' | 'not_serving'): void {
    if (this.get(service) === status) return;
    this.#statuses.set(service, status);
    for (const listener of this.#listeners.get(service) ?? []) listener();
  }

  /** Yields the present status, then the latest one after each change; ends when the signal is aborted. */
  async *watch(service: string, signal: AbortSignal): AsyncGenerator<ServingStatus, void, undefined> {
    let wake: () => void = () => undefined;
    const poke = (): void => {
      wake();
    };
    const listeners = this.#listenersOf(service).add(poke);
    signal.addEventListener('abort', poke, { once: true });
    try {
      let told: ServingStatus | undefined;
      while (!signal.aborted) {
        const status = this.get(service);
        if (status === told) await new Promise<void>((resolve) => (wake = resolve));
        else yield (told = status);
      }
    } finally {
      listeners.delete(poke);
      if (listeners.size === 0) this.#listeners.delete(service);
      signal.removeEventListener('abort', poke);
    }
  }

  #listenersOf(service: string): Set<() => void> {
    const listeners = this.#listeners.get(service) ?? new Set();
    this.#listeners.set(service, listeners);
    return listeners;
  }
}

/** Adds grpc.health.v1 over this state; before `listen`. */
export function addHealth(server: RpcServer, registry: HealthRegistry): void {
  server.add(Health, {
    check: async ({ service }) => ({ status: WIRE_STATUS[knownStatus(registry, service)] }),
    watch: (request, { signal }) => toResponses(registry.watch(request.service, signal)),
  });
}

function knownStatus(registry: HealthRegistry, service: string): ServingStatus {
  const status = registry.get(service);
  if (status !== 'unknown_service') return status;
  const message = `no service "${service}" here`;
  throw new HeadframeError({ code: 'not_found', reason: 'unknown_service', message });
}

async function* toResponses(
  statuses: AsyncIterable<ServingStatus>,
): AsyncGenerator<{ status: HealthCheckResponse_ServingStatus }, void, undefined> {
  for await (const status of statuses) yield { status: WIRE_STATUS[status] };
}
