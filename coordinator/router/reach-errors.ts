import { HeadframeError } from '../../common/model/error.js';
import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';

/** Nobody has that serial, or not any more. */
export function instanceNotFound(serial: number): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'instance_not_found',
    message: `there is no instance ${String(serial)}`,
    remedy: 'See the instances: headframe instances ls.',
  });
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

/** Its miner does not declare the port. */
export function notHeld({ miner, serial }: InstanceRecord, containerPort: number): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'port_not_held',
    message: `instance ${instanceId(miner, serial)} has no TCP port ${String(containerPort)}`,
    remedy: `See the ports of its manifest: headframe miners show ${miner}.`,
  });
}
