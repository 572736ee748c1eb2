import { create } from '@bufbuild/protobuf';
import { LogsOrderSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Workload } from '../../common/model/workload.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { findInstance } from './find.js';
import { requireLeaseOwner } from './lease-owner.js';
import { readCommandStart, runInInstance } from './instance-exec.js';
import { hostOf, readTunnel } from './instance-tunnel.js';
import type { HandlerParts } from './parts.js';

/** The handlers that reach into an instance through a tunnel to its host. */
type InstanceStreams = Pick<ServiceImplementation<typeof FleetService>, 'streamLogs' | 'exec'>;

/** Makes the handlers. */
export function instanceStreams({ fleet, scopes, sessions }: HandlerParts): InstanceStreams {
  return {
    async *streamLogs({ instance, follow, tail, sinceMs, timestamps, build }, { signal, caller }) {
      const record = findInstance(scopes.of(caller).fleet, instance);
      const serial = BigInt(record.serial);
      const buildOf = build ? imageBuilt(fleet.workload(record.workloadId), instance) : '';
      const wanted = { serial, follow, sinceMs, timestamps, buildOf, ...(tail === undefined ? {} : { tail }) };
      const order = { case: 'logs' as const, value: create(LogsOrderSchema, wanted) };
      const tunnel = await sessions.openTunnel(hostOf(record), order, signal);
      for await (const message of readTunnel(tunnel, signal))
        if (message.case === 'data') yield { data: message.value };
    },
    async *exec(requests, { signal, caller }) {
      const rest = requests[Symbol.asyncIterator]();
      const start = await readCommandStart(rest);
      const { namespaces, fleet: seen } = scopes.of(caller);
      const record = findInstance(seen, start.instance);
      // What is in a lease is its owner's.
      if (fleet.workload(record.workloadId)?.lease !== undefined)
        requireLeaseOwner(fleet.lease(record.miner), record.miner, caller, namespaces);
      for await (const message of runInInstance({ sessions }, record, { start, rest }, signal)) yield { message };
    },
  };
}

/** The image that is built for an instance. */
function imageBuilt(workload: Workload | undefined, instance: string): string {
  if (workload?.build !== undefined) return workload.container.image;
  throw new HeadframeError({
    ...{ code: 'failed_precondition', reason: 'build_log_unknown' },
    message: `nothing is built for ${instance}`,
    remedy: 'Ask for that of an instance of a module or model.',
    metadata: { instance },
  });
}
