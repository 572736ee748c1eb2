import { httpSourcesOf } from '../../../common/model/autoscale.js';
import type { MinerKind } from '../miner-kind.js';

/** Miners that are one container: what the user wrote is what instances run. */
export const containerKind: MinerKind = {
  kind: 'container',
  resolve: (spec, { workloadId, specRevision }) => {
    const metrics = httpSourcesOf(spec);
    return {
      id: workloadId,
      miner: spec.name,
      kind: spec.kind,
      specRevision,
      labels: spec.labels,
      priority: spec.priority,
      resources: spec.resources,
      container: spec.container,
      health: spec.health,
      restart: spec.restart,
      onDisconnect: spec.onDisconnect,
      identity: spec.identity,
      stopGraceMs: spec.stopGraceMs,
      pullPolicy: spec.pullPolicy,
      ...(metrics === undefined ? {} : { metrics }),
    };
  },
};
