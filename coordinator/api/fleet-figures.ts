import { ListUsageResponseSchema } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import { holdsCapacity, instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { NO_RESOURCES, addResources, allocatableResources } from '../../common/model/resources.js';
import type { Resources } from '../../common/model/resources.js';
import { encodeMessage } from '../../common/rpc/index.js';
import type { Encoded, ServiceImplementation } from '../../common/rpc/index.js';
import { hostUsageToWire, instanceUsageToWire, resourcesToWire } from '../../common/wire/client.js';
import type { AskFigures as WireFigures } from '../../common/gen/headframe/v1/ask_figures_pb.js';
import type { InstanceWhereabouts } from '../fleet/port.js';
import type { UsageSample } from '../sessions/index.js';
import { fleetAlarms } from '../alarms.js';
import { figuresToWire } from './ask-figures.js';
import { holdingCount } from '../fleet/index.js';
import { allocatedInFleet } from './allocated.js';
import { BriefAnswers } from './brief-answers.js';
import { readDurably } from './durably.js';
import type { HandlerParts } from './parts.js';
import type { FleetSight } from './scoped-fleet.js';
import { isSettled } from './settled.js';

/** The handlers that give figures: usage and the fleet as a whole. */
type FleetFigures = Pick<ServiceImplementation<typeof FleetService>, 'listUsage' | 'getFleetStatus'>;

/** Instances in one answer, so that it stays below the 4 MiB that clients receive. */
const MOST_USAGES = 20_000;

/** What hosts use may be so old, in milliseconds, beside the second in which they tell it. */
const USAGE_MS = 200;

/** Makes the handlers. */
export function fleetFigures(parts: HandlerParts): FleetFigures {
  const { fleet, board, clock, scopes, router } = parts;
  const usages = new BriefAnswers<Encoded<typeof ListUsageResponseSchema>>(clock, USAGE_MS);
  const askedOf = (record: InstanceWhereabouts, serial: number) => {
    const figures = router.table.figuresOfInstance(record.miner, serial);
    return figures === undefined ? {} : { asked: figuresToWire(figures) };
  };
  return {
    listUsage: ({ hostId, miner }, { caller }) => {
      const { fleet: seen, namespaces } = scopes.of(caller);
      const listed = (): Encoded<typeof ListUsageResponseSchema> => {
        const samples = [...board.samples()].filter((sample) => isPresent(fleet, sample, hostId));
        const instances = samples.flatMap((sample) => usagesOf(seen, sample, { miner, askedOf }));
        if (instances.length > MOST_USAGES) throw tooMuchUsage(instances.length);
        const hosts = samples.map((sample) => ({ hostId: sample.hostId, usage: hostUsageToWire(sample.host) }));
        return encodeMessage(ListUsageResponseSchema, { hosts, instances });
      };
      // Pages and listeners ask for it again and again.
      return Promise.resolve(usages.of(JSON.stringify([namespaces ?? null, hostId, miner]), listed));
    },
    getFleetStatus: async (_request, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value, revision } = await readDurably(fleet, () => statusOf(parts, seen));
      return { ...value, revision: BigInt(revision) };
    },
  };
}

/** A host that is lost uses nothing that anybody knows of. */
function isPresent(fleet: FleetSight, { hostId }: UsageSample, wanted: string): boolean {
  const state = fleet.host(hostId)?.state;
  return (wanted === '' || hostId === wanted) && (state === 'ready' || state === 'suspect');
}

function usagesOf(
  fleet: FleetSight,
  { hostId, instances }: UsageSample,
  {
    miner,
    askedOf,
  }: {
    readonly miner: string;
    readonly askedOf: (record: InstanceWhereabouts, serial: number) => { readonly asked?: WireFigures };
  },
) {
  return instances.flatMap((usage) => {
    const found = fleet.whereaboutsOf(usage.serial);
    if (found?.hostId !== hostId || !holdsCapacity(found.state) || (miner !== '' && found.miner !== miner)) return [];
    const id = instanceId(found.miner, usage.serial);
    return { instanceId: id, hostId, usage: instanceUsageToWire(usage), ...askedOf(found, usage.serial) };
  });
}

function statusOf(
  { scheduler, rollout, liveness, servers, bus, version, startedAtMs }: HandlerParts,
  fleet: FleetSight,
) {
  const hosts = [...fleet.hosts()];
  const ready = hosts.filter(({ state }) => state === 'ready');
  const miners = [...fleet.miners()].map(({ spec }) => fleet.countsOf(spec.name));
  const moving = movingInstances(fleet);
  return {
    version,
    epoch: BigInt(fleet.epoch),
    hosts: hosts.length,
    hostsReady: ready.length,
    miners: miners.length,
    instancesPending: sum(miners, ({ pending }) => pending),
    instancesRunning: sum(miners, ({ running }) => running),
    instancesLive: sum(miners, holdingCount),
    allocatable: resourcesToWire(
      ready.reduce<Resources>(
        (total, { claimed, reserved }) => addResources(total, allocatableResources(claimed, reserved)),
        NO_RESOURCES,
      ),
    ),
    allocated: resourcesToWire(allocatedInFleet(fleet)),
    settled: isSettled({ rolloutIdle: rollout.idle, schedulerSettled: scheduler.settled, moving }),
    natsConnected: bus.connected,
    startedAtMs: BigInt(startedAtMs),
    alarms: fleetAlarms(liveness, fleet, servers?.findings).map(({ reason, text, sinceMs }) => ({
      ...{ reason, text },
      sinceMs: BigInt(sinceMs),
    })),
  };
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}

function* movingInstances(fleet: FleetSight): Generator<InstanceRecord> {
  for (const { spec } of fleet.miners()) {
    const { assigned, preparing, starting, stopping } = fleet.countsOf(spec.name);
    if (assigned + preparing + starting + stopping > 0) yield* fleet.instancesOf(spec.name);
  }
}

function tooMuchUsage(count: number): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_much_usage',
    message: `${count} instances are more than one answer holds`,
    remedy: 'Ask for one host or one miner.',
  });
}
