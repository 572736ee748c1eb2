import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Events, NatsError, connect, credsAuthenticator } from 'nats';
import type { Authenticator, ConnectionOptions, NatsConnection } from 'nats';
import { HeadframeError } from '../../../common/model/error.js';
import { systemClock } from '../../../common/model/clock.js';
import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import { parseNatsUrl } from '../../../common/observe/nats-address.js';
import { natsTlsOf } from '../../../common/observe/nats-tls.js';
import type { NatsTlsFiles } from '../../../common/observe/nats-tls.js';
import type { ServerFacts } from './server-checks.js';

/** Where the servers are, and what proves who asks them. */
export interface NatsOptions {
  /** `nats://host:port` or `tls://host:port`, several with commas; user and password, or a token, may stand before the host. */
  readonly servers: string;
  /** Shown in the servers' lists of connections. */
  readonly name: string;
  /** A user's JWT and seed, as `nsc` writes them. */
  readonly credentialsFile?: string | undefined;
  /** PEM files of TLS; with any of them nothing goes in clear. */
  readonly tls?: NatsTlsFiles;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** How long servers may be away at first, in milliseconds; default 30,000. */
  readonly patienceMs?: number;
}

const CONNECT_TIMEOUT_MS = 2_000;
const RETRY_MS = 250;
/** A server that hangs is given up after three of these. */
const PING_MS = 2_000;

/**
 * Connects to the first server that answers, and from then on keeps the connection across breaks, from server to server,
 * until it is closed. Throws `HeadframeError`: unavailable (`nats_unreachable`) when none answers in time, and
 * unauthenticated (`nats_refused`) at once when one refuses who asks.
 */
async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const clock = options.clock ?? systemClock;
  const endMs = clock.monotonicMs() + (options.patienceMs ?? 30_000);
  const wanted = await connectionOptions(options);
  for (;;) {
    try {
      const connection = await connect(wanted);
      void tellBreaks(connection, options.logger).catch(() => undefined);
      return connection;
    } catch (cause) {
      if (cause instanceof NatsError && (cause.isAuthError() || cause.isPermissionError())) throw refused(cause);
      if (clock.monotonicMs() >= endMs) throw unreachable(options, cause);
      await clock.sleep(RETRY_MS, new AbortController().signal);
    }
  }
}

async function connectionOptions(options: NatsOptions): Promise<ConnectionOptions> {
  const { servers, credentials } = parseNatsUrl(options.servers);
  const { credentialsFile, tls } = options;
  return {
    ...credentials,
    servers,
    name: options.name,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    // Else two refusals end it for good, also by servers that do not know their users yet.
    ignoreAuthErrorAbort: true,
    // All servers are named by whoever set this up, by addresses that reach them from here.
    ignoreClusterUpdates: true,
    ...natsTlsOf(servers, tls),
    ...(credentialsFile !== undefined && { authenticator: await credentialsOf(credentialsFile) }),
  };
}

/** Reads the file for each connection anew, for credentials run out; where it is none by then, the former ones are shown. */
async function credentialsOf(file: string): Promise<Authenticator> {
  let latest = credsAuthenticator(await readFile(file));
  return (nonce) => {
    try {
      const read = credsAuthenticator(readFileSync(file));
      const shown = read(nonce);
      latest = read;
      return shown;
    } catch {
      return latest(nonce);
    }
  };
}

/** The library leaves this iteration waiting when the connection is closed; it goes with it. */
async function tellBreaks(connection: NatsConnection, logger: Logger): Promise<void> {
  for await (const { type, data } of connection.status()) {
    if (type === Events.Disconnect) logger.warn({ server: data }, 'the connection to NATS broke');
    if (type === Events.Reconnect) logger.info({ server: data }, 'connected to NATS again');
    if (type === Events.Error) logger.warn({ err: data }, 'NATS refused a request');
  }
}

function refused(cause: NatsError): HeadframeError {
  return new HeadframeError({
    code: 'unauthenticated',
    reason: 'nats_refused',
    message: `the NATS server refused the coordinator: ${cause.message}`,
    remedy:
      'Check store.jetstream.credentialsFile, the password in store.jetstream.servers, and the rights of that user.',
    cause,
  });
}

function unreachable(options: NatsOptions, cause: unknown): HeadframeError {
  const servers = parseNatsUrl(options.servers).servers.join(', ');
  return new HeadframeError({
    code: 'unavailable',
    reason: 'nats_unreachable',
    message: `no NATS server answers at ${servers}`,
    remedy: 'Start the servers, and check store.jetstream.servers and the firewalls between.',
    metadata: { servers },
    cause,
  });
}

/** What the server at the other end says of itself. */
export function serverFactsOf({ info }: NatsConnection): ServerFacts & { readonly name: string } {
  if (info === undefined) return { name: '', version: '', hasJetStream: false, maxPayload: 0 };
  const { server_name: name, version, jetstream, max_payload: maxPayload } = info;
  return { name, version, hasJetStream: jetstream === true, maxPayload };
}

/** A connection of one's own: made when it is asked for, closed when it is given back. */
export function ownConnection(options: NatsOptions): {
  readonly open: () => Promise<NatsConnection>;
  readonly close: () => Promise<void>;
} {
  let opened: NatsConnection | undefined;
  return {
    open: async () => (opened = await connectNats(options)),
    close: async () => {
      await opened?.close();
    },
  };
}
