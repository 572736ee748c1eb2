import type { Server } from '@grpc/grpc-js';
import { EventEmitter } from 'node:events';
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';

/** An HTTP/2 server, as far as it is used here. */
export type Http2Listener = Pick<Http2Server, 'on' | 'listeners' | 'removeAllListeners' | 'updateSettings'>;

/** Serves one call. */
export type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/**
 * The HTTP/2 server that grpc-js made last, for its newest connection injector: it shows it to nobody, yet what strangers
 * may do is decided there. Throws `Error` when grpc-js keeps it elsewhere by now, so that nothing is ever served unguarded.
 */
export function newestHttp2Server(server: Server): Http2Listener {
  const servers: unknown = Reflect.get(server, 'http2Servers');
  const newest: unknown = servers instanceof Map ? [...servers.keys()].at(-1) : undefined;
  if (!(newest instanceof EventEmitter) || newest.listenerCount('stream') !== 1)
    throw new Error('this version of grpc-js does not show its HTTP/2 server');
  // Only HTTP/2 servers are kept there, and only they hear of streams.
  return newest as object as Http2Listener;
}

/** Takes the server's calls away from grpc-js; the answer hands one back to it. */
export function takeStreams(server: Http2Listener): StreamListener {
  const [serve] = server.listeners('stream');
  server.removeAllListeners('stream');
  return (stream, headers) => {
    // A listener of `stream` is called with these; Node's types have forgotten it.
    (serve as StreamListener | undefined)?.call(server, stream, headers);
  };
}
