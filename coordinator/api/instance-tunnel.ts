import type { TunnelRequest } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { REASONS, isReasonCode } from '../../common/model/reason.js';
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
      if (message.case === 'failure') throw failed(message.value);
      if (message.case === 'data' || message.case === 'exit') yield message;
      if (message.case === 'exit') return;
    }
    throw brokenOff();
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/** The answer to a call that needs an instance to run. */
export function notRunning({ miner, serial, state, reason }: InstanceRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'not_running',
    message: `instance ${instanceId(miner, serial)} is ${state} (${reason})`,
    remedy: `Wait until it runs: headframe miners wait ${miner}.`,
    metadata: { state, state_reason: reason },
  });
}

function failed({ reason, text }: { readonly reason: string; readonly text: string }): HeadframeError {
  const remedy = isReasonCode(reason) ? REASONS[reason].remedy : '';
  const message = text === '' ? `the agent could not do it: ${reason}` : text;
  return new HeadframeError({ code: 'failed_precondition', reason, message, ...(remedy === '' ? {} : { remedy }) });
}

function brokenOff(): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'tunnel_broken',
    message: 'the connection to the agent broke off',
    remedy: 'Try again; headframe hosts ls shows whether the host is ready.',
  });
}
