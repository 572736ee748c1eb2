import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Clock } from '../../common/model/clock.js';
import type { CallFailure, CertificateSource, ConnectionLimits, LocalCalls } from '../../common/rpc/index.js';
import type { HandedConnection, RefusedConnection } from '../../common/rpc/index.js';
import { Site } from '../dashboard/index.js';
import type { FleetPort } from '../fleet/port.js';
import { refuseForeignPages } from './caller.js';
import type { Origins } from './cors.js';
import { contractRoutes, contractSchemas } from './contract/index.js';
import { createHttpApp } from './http-app.js';
import { createHttpServer, listen } from './http-server.js';
import type { BoundServer } from './http-server.js';
import { leaseRoutes } from './leases/index.js';
import type { LeaseRoutesParts } from './leases/index.js';
import { KeptAnswers } from './kept-answers.js';
import { LiveDesk } from './live/index.js';
import { minerRoutes } from './miners/index.js';
import { askRelays, askRoutes } from './asking/index.js';
import type { AskRoutesParts } from './asking/index.js';
import { modelRoutes } from './models/index.js';
import { openApiRoute } from './openapi.js';
import { registrarRoutes } from './registrar/index.js';
import { tensorNodeRoutes } from './vms/index.js';
import type { VmRoutesParts } from './vms/index.js';

/** What the gateway stands on. */
export interface GatewayParts extends Pick<LeaseRoutesParts, 'leaseImage'>, Pick<AskRoutesParts, 'models'> {
  readonly calls: LocalCalls;
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Undefined to serve in clear, on the loopback. */
  readonly source: CertificateSource | undefined;
  readonly limits: ConnectionLimits;
  readonly onRefused: (refused: RefusedConnection) => void;
  readonly onUnforeseen: (failure: CallFailure) => void;
  /** Unix milliseconds at which the coordinator started. */
  readonly startedAtMs: number;
  /** Of Headframe. */
  readonly version: string;
}

/** How it is bounded. */
export interface GatewayTerms {
  /** `host:port`; port 0 picks one. */
  readonly listen: string;
  readonly bodyBytes: number;
  /** Origins whose pages may call, besides its own; exact. */
  readonly corsOrigins: readonly string[];
  /** TensorNode's routes. */
  readonly vms: Pick<VmRoutesParts, 'prefix' | 'defaults'>;
  /** Of the body of a question to a model. */
  readonly questionBytes: number;
  /** A frame of a WebSocket has to be taken within it, and something of an answer, in milliseconds. */
  readonly slowClientMs: number;
}

/** A gateway that serves. */
export interface Gateway {
  /** `host:port` at which it is called. */
  readonly address: string;
  /** Serves a connection that another coordinator hands on. */
  take(connection: HandedConnection): void;
  /** Takes no more requests, lets those under way finish for `graceMs` milliseconds, then drops them. Always resolves. */
  close(graceMs: number): Promise<void>;
}

/** Serves the coordinator over HTTP. Throws `HeadframeError` ('listen_failed'). */
export async function openGateway(parts: GatewayParts, terms: GatewayTerms): Promise<Gateway> {
  let made: Omit<BoundServer, 'server'> = {
    ...{ forgetSource: () => undefined, take: () => undefined, dropAll: () => undefined },
  };
  let requests = 0;
  const figures = { uptimeMs: () => parts.clock.nowMs() - parts.startedAtMs, requests: () => requests };
  const seeds = [...registrarRoutes(figures), ...minerRoutes(() => parts.clock.nowMs())];
  const seen = [...leaseRoutes(parts), ...modelRoutes(), ...askRoutes(), ...askRelays({ ...parts, ...terms })];
  const vms = tensorNodeRoutes({ ...parts, ...terms.vms });
  const routes = [...contractRoutes(), ...seeds, ...seen, ...vms];
  const site = await Site.open();
  const origins: Origins = new Set(terms.corsOrigins);
  const document = openApiRoute(routes, parts.version, contractSchemas());
  const app = await createHttpApp([...routes, document], {
    ...parts,
    keptAnswers: new KeptAnswers(parts.fleet, parts.clock),
    origins,
    bodyBytes: terms.bodyBytes,
    slowClientMs: terms.slowClientMs,
    serverOf: (listener) => {
      const { server, ...rest } = createHttpServer(parts, (request, response) => {
        requests += 1;
        if (!showsPage({ site, origins, ...terms }, request, response)) listener(request, response);
      });
      made = rest;
      return server;
    },
  });
  const live = new LiveDesk({ ...parts, origins, slowClientMs: terms.slowClientMs });
  app.server.on('upgrade', live.upgrade);
  await app.ready();
  const address = await listen(app.server, terms.listen);
  return {
    address,
    take: (connection) => {
      made.take(connection);
    },
    close: async (graceMs) => {
      made.forgetSource();
      live.close();
      const stop = parts.clock.setTimer(made.dropAll, graceMs);
      await closed(app.server);
      stop();
      await app.close();
    },
  };
}

/** Strangers are shown the page, too: it holds nothing of the fleet, and asks for a token. */
function showsPage(
  { site, origins, slowClientMs }: Pick<GatewayTerms, 'slowClientMs'> & { site: Site | undefined; origins: Origins },
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  try {
    refuseForeignPages(request, origins);
  } catch {
    // Why is told to it as to any other request.
    return false;
  }
  if (site?.answer(request, response) !== true) return false;
  request.socket.setTimeout(slowClientMs);
  return true;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
}
