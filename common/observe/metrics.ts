import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { HeadframeError } from '../model/error.js';

/** A registry with the process's own metrics (memory, CPU, event-loop delay) under `headframe_<program>_`. */
export function createRegistry(program: 'agent' | 'coordinator'): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: `headframe_${program}_` });
  return registry;
}

/** A running HTTP endpoint. */
export interface MetricsEndpoint {
  /** Address it listens on, `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves the registry as Prometheus text at `/metrics` and a liveness word at `/healthz`.
 * Throws `HeadframeError` (failed_precondition, 'listen_failed') when the address cannot be had.
 */
export async function serveMetrics(
  registry: Registry,
  address: { host: string; port: number },
): Promise<MetricsEndpoint> {
  const server = createServer((request, response) => {
    void answer(registry, request.url ?? '').then(({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  });
  server.requestTimeout = 10_000;
  await listen(server, address);
  return { address: addressOf(server), close: () => closeServer(server) };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answer(registry: Registry, url: string): Promise<Answer> {
  const path = url.split('?', 1)[0];
  if (path === '/healthz') return { status: 200, type: 'text/plain', body: 'ok\n' };
  if (path !== '/metrics') return { status: 404, type: 'text/plain', body: 'not found: try /metrics\n' };
  try {
    return { status: 200, type: registry.contentType, body: await registry.metrics() };
  } catch {
    // A collector that throws is a defect of ours; the scrape fails, the program goes on.
    return { status: 500, type: 'text/plain', body: 'a metric could not be collected\n' };
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays: a server that cannot take a caller, for want of descriptors, says so by an event that would end the process.
    server.on('error', (cause) => {
      reject(
        new HeadframeError({
          code: 'failed_precondition',
          reason: 'listen_failed',
          message: `metrics cannot listen on ${host}:${String(port)}: ${cause.message}`,
          remedy: 'Choose another address under metrics.listen, or stop what uses it.',
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function addressOf(server: Server): string {
  const address = server.address();
  return address === null || typeof address === 'string' ? '' : `${address.address}:${String(address.port)}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
