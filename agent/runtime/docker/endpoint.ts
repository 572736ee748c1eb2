import { HeadframeError } from '../../../common/model/error.js';

/** Where the engine listens. */
export type EngineEndpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'http'; readonly host: string; readonly port: number };

/** The engine's usual socket. */
const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * Reads a socket path or an address as in DOCKER_HOST: `unix:///path`, `tcp://host:port` or `http://host:port`.
 * Empty means the usual socket. An agent runs beside its engine, so other schemes are refused.
 * @throws HeadframeError `engine_unavailable` for anything else
 */
export function engineEndpointOf(address: string): EngineEndpoint {
  if (address === '') return { kind: 'socket', path: DEFAULT_SOCKET };
  if (address.startsWith('/')) return { kind: 'socket', path: address };
  if (address.startsWith('unix://')) return { kind: 'socket', path: address.slice('unix://'.length) || DEFAULT_SOCKET };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === 'tcp:' || url.protocol === 'http:') && url.hostname !== '')
    return { kind: 'http', host: url.hostname, port: Number(url.port || '2375') };
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'engine_unavailable',
    message: `${address} is no address of a container engine`,
    remedy: 'Write unix:///path/to.sock or tcp://host:port.',
  });
}
