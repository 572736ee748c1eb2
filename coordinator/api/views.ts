import type { Why } from '../../common/model/event.js';
import type { HostRecord } from '../../common/model/host.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { wantedReplicas } from '../../common/model/miner.js';
import type { MinerRecord } from '../../common/model/miner.js';
import { hostView, instanceView } from '../../common/wire/client.js';
import type { HostView, InstanceView, MinerCounts, MinerView, RolloutView } from '../../common/wire/client.js';
import type { FleetReader } from '../fleet/port.js';
import { holdingCount } from '../fleet/index.js';
import { allocatedOn } from './allocated.js';
import type { FleetSight } from './scoped-fleet.js';
import { LastChanges } from './last-changes.js';
import { hotkeyOfMiner } from './miner-hotkeys.js';
import type { ApiParts } from './parts.js';

/** What views are made from: the records, and what is known beside them. */
export interface ViewParts extends Pick<ApiParts, 'fleet' | 'autoscaler'> {
  readonly scheduler: Pick<ApiParts['scheduler'], 'why'>;
  readonly rollout: Pick<ApiParts['rollout'], 'whyOf' | 'progressOf'>;
  readonly board: Pick<ApiParts['board'], 'usageOfHost'>;
  readonly liveness: Pick<ApiParts['liveness'], 'lastSeenMs'>;
}

/** The fleet's records as clients see them, as of now. */
export class Views {
  readonly #parts: ViewParts;
  readonly #lastChanges: LastChanges;

  constructor(parts: ViewParts) {
    this.#parts = parts;
    this.#lastChanges = new LastChanges(parts.fleet);
  }

  /** Fleet revision of a miner's last change, as of now; undefined for one that is not there. */
  revisionOfMiner(name: string): number | undefined {
    const { fleet } = this.#parts;
    return fleet.miner(name) && fleet.revisionOfMiner(name);
  }

  /** Fleet revision of a host's last change, as of now. */
  revisionOfHost(id: string): number {
    return this.#parts.fleet.revisionOfHost(id);
  }

  /** A miner with its counts, and why instances of it wait or are missing. */
  miner(record: MinerRecord): MinerView {
    const { workloadId: _workloadId, failures: _failures, ...rest } = record;
    const { name } = record.spec;
    const revision = this.#parts.fleet.revisionOfMiner(name);
    return {
      ...rest,
      revision,
      counts: minerCounts(this.#parts.fleet, record),
      rollout: this.#rolloutOf(record),
      autoscale: this.#parts.autoscaler.viewOf(record),
      why: this.whyOf(name),
      stake: stakeOf(this.#parts.fleet, record),
    };
  }

  #rolloutOf(record: MinerRecord): RolloutView {
    const { cause, fromRevision, toRevision, startedAtMs, endedAtMs, reason, text, ...rollout } = record.rollout;
    const { updated, available } = this.#parts.rollout.progressOf(record.spec.name);
    const limitMs = record.spec.update.progressDeadlineMs;
    const isTimed = rollout.state === 'progressing' && !rollout.paused && !record.stopped && limitMs > 0;
    return {
      state: rollout.paused ? 'paused' : rollout.state,
      ...{ cause, fromRevision, toRevision, startedAtMs, endedAtMs, updated, available },
      wanted: wantedReplicas(record),
      deadlineAtMs: isTimed ? rollout.progressedAtMs + limitMs : 0,
      why: { reason, text, atMs: endedAtMs === 0 ? startedAtMs : endedAtMs, filters: [] },
    };
  }

  /** Why instances of a miner wait or are missing; undefined when all is as wanted. */
  whyOf(miner: string): Why | undefined {
    const { scheduler, rollout } = this.#parts;
    return scheduler.why(miner) ?? rollout.whyOf(miner);
  }

  /** An instance with the names of its ports. */
  instance(record: InstanceRecord): InstanceView {
    const { fleet } = this.#parts;
    return instanceView(record, {
      workload: fleet.workload(record.workloadId),
      host: record.hostId === undefined ? undefined : fleet.host(record.hostId),
      revision: this.#lastChanges.ofInstance(record.serial),
    });
  }

  /** A host with what is allocated on it and its newest usage, and how many of the instances that somebody sees it holds. */
  host(record: HostRecord, seen: FleetSight = this.#parts.fleet): HostView {
    const { fleet, board, liveness } = this.#parts;
    return hostView(record, {
      allocated: allocatedOn(fleet, record.id),
      instances: holdingCount(seen.countsOn(record.id)),
      lastSeenMs: Math.round(liveness.lastSeenMs(record.id)),
      revision: fleet.revisionOfHost(record.id),
      usage: board.usageOfHost(record.id)?.host,
    });
  }
}

/** On its hotkey in its subnet, as that was read last. */
function stakeOf(fleet: FleetReader, miner: MinerRecord): string | undefined {
  const place = hotkeyOfMiner(fleet, miner);
  return place && fleet.subnet(place.network, place.netuid)?.marks[place.address]?.stake;
}

function minerCounts(fleet: FleetReader, miner: MinerRecord): MinerCounts {
  const { spec } = miner;
  const { pending, assigned, preparing, starting, running, healthy, stopping, ...ended } = fleet.countsOf(spec.name);
  // Only these conditions let an instance end for good by success, so that others need not be looked through.
  const completes = spec.restart.condition !== 'always' && ended.stopped > 0;
  return {
    desired: wantedReplicas(miner),
    pending,
    starting: assigned + preparing + starting,
    running,
    healthy,
    stopping,
    completed: completes ? countCompleted(fleet.instancesOf(spec.name)) : 0,
  };
}

function countCompleted(instances: Iterable<InstanceRecord>): number {
  let count = 0;
  for (const { state, reason } of instances) if (state === 'stopped' && reason === 'completed') count += 1;
  return count;
}
