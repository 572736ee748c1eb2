import type { TunnelRequest } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { notRunning } from '../router/index.js';
import { tunnelFailure } from '../sessions/index.js';
import type { Tunnel } from '../sessions/index.js';

/** What came through a tunnel besides its hello. */
export type TunnelMessage = Exclude<TunnelRequest['message'], { case: 'hello' | 'failure' | undefined }>;

/** Host of an instance; throws `HeadframeError` (failed_precondition, 'not_running') while it has none. */
export function hostOf(record: InstanceRecord): string {
  if (record.hostId !== undefined) return record.hostId;
  throw notRunning(record);
}

/**
 * Reads a tunnel to its last message and closes it, also when the signal is aborted or the reader leaves early. Throws
 * `HeadframeError` for what the agent could not do (failed_precondition, with its reason) and when the tunnel breaks off.
 */
export async function* readTunnel(tunnel: Tunnel, signal: AbortSignal): AsyncGenerator<TunnelMessage, void, undefined> {
  const close = (): void => {
    tunnel.close();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    for await (const { message } of tunnel.incoming) {
      if (message.case === 'failure') throw tunnelFailure(message.value);
      if (message.case === 'data' || message.case === 'exit') yield message;
      if (message.case === 'exit') return;
    }
    throw brokenOff();
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

function brokenOff(): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'tunnel_broken',
    message: 'the connection to the agent broke off',
    remedy: 'Try again; headframe hosts ls shows whether the host is ready.',
  });
}
