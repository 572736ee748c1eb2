import { Client as GrpcClient, Metadata } from '@grpc/grpc-js';
import type { CallOptions as GrpcCallOptions, ChannelCredentials } from '@grpc/grpc-js';
import type { X509Certificate } from 'node:crypto';
import type { CallMetadata } from './call-context.js';
import type { Clock } from '../model/clock.js';
import { HeadframeError } from '../model/error.js';
import { DEFAULT_MAX_MESSAGE_BYTES, KEEPALIVE_MS } from './limits.js';
import { channelCredentials } from './channel-credentials.js';
import { withFault } from './connection-fault.js';
import type { ConnectionFault } from './connection-fault.js';
import type { Certificates, ChannelSecurity } from './security.js';
import { toCallError } from './status.js';

/** Where a channel leads and how it is bounded. */
export interface ChannelOptions {
  /** `host:port` or `unix:/path`; what is asked at each call may be another one than before, where later calls go. */
  readonly address: string | { current(): string };
  readonly security: ChannelSecurity;
  readonly clock: Clock;
  /** In bytes; default 4 MiB. */
  readonly maxReceiveBytes?: number | undefined;
  /** In bytes; default 4 MiB. */
  readonly maxSendBytes?: number | undefined;
  /** Own connection instead of one shared with other channels to the same address; default true. */
  readonly ownConnection?: boolean | undefined;
  /** Told with each connection which certificate the server has proven, once it is trusted. */
  readonly onServer?: ((certificate: X509Certificate) => void) | undefined;
  /** Told of the headers of each answer. */
  readonly onHeaders?: ((headers: CallMetadata) => void) | undefined;
}

/** A call as far as its channel minds it. */
export interface Cancellable {
  cancel(): void;
  on(event: 'metadata', listener: (headers: Metadata) => void): unknown;
}

/** A lazy connection to one server, shared by the clients made on it; connects on the first call and again when lost. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #clock: Clock;
  readonly #calls = new Set<Cancellable>();
  #grpc: GrpcClient;
  #certificates: Certificates | undefined;
  #address: string;
  #fault: ConnectionFault | undefined;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#address = addressOf(options);
    this.#clock = options.clock;
    this.#options = options;
    this.#certificates = certificatesOf(options.security);
    this.#grpc = this.#open();
  }

  /**
   * The grpc-js client for a call that begins now, for the callers in this folder. After a renewal it is a new one, for a
   * connection proves for its whole life the certificate that it was made with; calls that are open go on on the old one. So
   * they do where the address is another one by now.
   */
  get grpc(): GrpcClient {
    const newest = certificatesOf(this.#options.security);
    const address = addressOf(this.#options);
    if ((newest === this.#certificates && address === this.#address) || this.#closed) return this.#grpc;
    [this.#certificates, this.#address] = [newest, address];
    // Ends its connection with the last of its calls.
    this.#grpc.close();
    this.#grpc = this.#open();
    return this.#grpc;
  }

  /** Cancels the open calls and gives the connection up; later calls fail with `unavailable`. */
  close(): void {
    this.#closed = true;
    // grpc-js leaves open calls, and so the connection, alone.
    for (const call of this.#calls) call.cancel();
    this.#grpc.close();
  }

  /** Throws what a call that is not worth starting would fail with: closed channel or aborted signal. */
  checkStart(signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) throw abortedError(signal);
    if (!this.#closed) return;
    throw new HeadframeError({ code: 'unavailable', reason: 'channel_closed', message: 'the channel is closed' });
  }

  /** Cancels the call when the signal is aborted or the channel closed; the answer unties it once it has ended. */
  tie(call: Cancellable, signal: AbortSignal | undefined): () => void {
    const cancel = (): void => {
      call.cancel();
    };
    this.#calls.add(call);
    const { onHeaders } = this.#options;
    if (onHeaders !== undefined) call.on('metadata', (headers) => onHeaders({ get: (name) => textOf(headers, name) }));
    signal?.addEventListener('abort', cancel, { once: true });
    return () => {
      this.#calls.delete(call);
      signal?.removeEventListener('abort', cancel);
    };
  }

  /** What a call on this channel ended with; where nobody that is to be trusted answered, its reason says why. */
  errorOf(error: Error | null): HeadframeError {
    return withFault(toCallError(error), this.#fault);
  }

  /** The grpc-js options of a call that may take this long from now, in milliseconds. */
  callOptions(timeoutMs: number): GrpcCallOptions {
    return timeoutMs === Infinity ? {} : { deadline: this.#clock.nowMs() + timeoutMs };
  }

  #open(): GrpcClient {
    const onFault = (fault: ConnectionFault | undefined): void => {
      this.#fault = fault;
    };
    const parts = { ...this.#options, address: this.#address, onFault };
    return openClient(parts, channelCredentials(this.#options.security, parts));
  }
}

function addressOf({ address }: Pick<ChannelOptions, 'address'>): string {
  return typeof address === 'string' ? address : address.current();
}

function openClient(
  options: ChannelOptions & { readonly address: string },
  credentials: ChannelCredentials,
): GrpcClient {
  return new GrpcClient(options.address, credentials, {
    'grpc.max_receive_message_length': options.maxReceiveBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': options.maxSendBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': 20_000,
    // What grpc-js keeps for a transparent retry it also copies on each write, and counts as sent: 1 MiB by default.
    'grpc.per_rpc_retry_buffer_size': 16 * 1024,
    'grpc.initial_reconnect_backoff_ms': 500,
    'grpc.max_reconnect_backoff_ms': 10_000,
    'grpc.use_local_subchannel_pool': (options.ownConnection ?? true) ? 1 : 0,
    // No surprises from the environment or from DNS TXT records.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
  });
}

function certificatesOf(security: ChannelSecurity): Certificates | undefined {
  return security.kind === 'mutual' ? security.source.current() : undefined;
}

function textOf(headers: Metadata, name: string): string | undefined {
  const [value] = headers.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** Text metadata in grpc-js's own form. */
export function toMetadata(entries: Readonly<Record<string, string>> = {}): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}

function abortedError(signal: AbortSignal): HeadframeError {
  const reason: unknown = signal.reason;
  if (reason instanceof HeadframeError) return reason;
  return new HeadframeError({
    code: 'cancelled',
    reason: 'cancelled',
    message: 'cancelled by the caller',
    cause: reason,
  });
}
