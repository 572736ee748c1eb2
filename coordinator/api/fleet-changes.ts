import { create, toBinary } from '@bufbuild/protobuf';
import { FleetChangeSchema } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { FleetChange } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { instanceId } from '../../common/model/instance.js';
import { hostToWire, instanceToWire, instanceView, minerToWire } from '../../common/wire/client.js';
import type { FleetPort } from '../fleet/port.js';
import { readDurably } from './durably.js';
import type { Touched, TouchedInstance } from './merge-commits.js';
import type { Scope } from './scope.js';
import type { FleetSight } from './scoped-fleet.js';
import type { Views } from './views.js';

/** What a watch is about. */
export interface WatchScope {
  readonly miners: boolean;
  readonly instances: boolean;
  readonly hosts: boolean;
  /** Only this miner and its instances; '' means all. */
  readonly miner: string;
  /** Only what this lets whoever watches see. */
  readonly sight: Scope;
}

const PAGE_CHANGES = 500;
/** Far enough below the 4 MiB that clients receive. */
const PAGE_BYTES = 2 * 1024 * 1024;

/** Puts the fleet's records and their changes on the wire, as far as they are in a watch's scope, in pages. */
export class FleetChanges {
  readonly #fleet: FleetPort;
  /** Without what is not to be seen. */
  readonly #seen: FleetSight;
  readonly #views: Views;
  readonly #scope: WatchScope;

  constructor(fleet: FleetPort, views: Views, scope: WatchScope) {
    this.#fleet = fleet;
    this.#seen = scope.sight.fleet;
    this.#views = views;
    this.#scope = scope;
  }

  /** All there is, page by page, each as of when it is asked for and durable when it is given. */
  async *state(): AsyncGenerator<FleetChange[], void, undefined> {
    const { miners, hosts, instances } = this.#scope;
    const names = this.#seen.miners();
    const watched = [...names].map(({ spec }) => spec.name).filter((name) => this.#isWatched(name));
    if (hosts) yield* this.#pagesOf([...this.#fleet.hosts()].map(({ id }) => ({ host: id })));
    if (miners) yield* this.#pagesOf(watched.map((miner) => ({ miner })));
    for (const name of instances ? watched : [])
      yield* this.#pagesOf([...this.#seen.instancesOf(name)].map(({ serial }) => ({ serial })));
  }

  /** What was touched, as of now, in pages. */
  pages({ miners, hosts, instances }: Touched): FleetChange[][] {
    const changes: FleetChange[] = [];
    if (this.#scope.hosts) for (const id of hosts) changes.push(this.#hostChange(id));
    if (this.#scope.miners)
      for (const name of miners)
        if (this.#isWatched(name) && this.#scope.sight.knowsMiner(name)) changes.push(this.#minerChange(name));
    if (this.#scope.instances)
      for (const touched of instances.values())
        if (this.#isWatched(touched.record.miner) && this.#mayTell(touched))
          changes.push(this.#instanceChange(touched));
    return cutIntoPages(changes);
  }

  async *#pagesOf(keys: readonly RecordKey[]): AsyncGenerator<FleetChange[], void, undefined> {
    for (let at = 0; at < keys.length; at += PAGE_CHANGES) {
      const some = keys.slice(at, at + PAGE_CHANGES);
      const read = (): FleetChange[] => some.flatMap((key) => this.#present(key) ?? []);
      const { value } = await readDurably(this.#fleet, read);
      yield* cutIntoPages(value);
    }
  }

  /** Undefined when the record has gone since. */
  #present(key: RecordKey): FleetChange | undefined {
    if ('host' in key) return this.#fleet.host(key.host) && this.#hostChange(key.host);
    if ('miner' in key) return this.#seen.miner(key.miner) && this.#minerChange(key.miner);
    const record = this.#seen.instance(key.serial);
    return record && changeOf({ case: 'instance', value: instanceToWire(this.#views.instance(record)) });
  }

  #mayTell({ record, revision }: TouchedInstance): boolean {
    return this.#scope.sight.hadMiner(record.miner, revision);
  }

  #isWatched(miner: string): boolean {
    return this.#scope.miner === '' || this.#scope.miner === miner;
  }

  #hostChange(id: string): FleetChange {
    const record = this.#fleet.host(id);
    if (record === undefined) return changeOf({ case: 'hostRemoved', value: id });
    return changeOf({ case: 'host', value: hostToWire(this.#views.host(record, this.#seen)) });
  }

  #minerChange(name: string): FleetChange {
    const record = this.#seen.miner(name);
    if (record === undefined) return changeOf({ case: 'minerRemoved', value: name });
    return changeOf({ case: 'miner', value: minerToWire(this.#views.miner(record)) });
  }

  #instanceChange({ record, removed, revision }: TouchedInstance): FleetChange {
    if (removed) return changeOf({ case: 'instanceRemoved', value: instanceId(record.miner, record.serial) });
    const view = instanceView(record, {
      workload: this.#fleet.workload(record.workloadId),
      host: record.hostId === undefined ? undefined : this.#fleet.host(record.hostId),
      revision,
    });
    return changeOf({ case: 'instance', value: instanceToWire(view) });
  }
}

type RecordKey = { readonly host: string } | { readonly miner: string } | { readonly serial: number };

function changeOf(change: FleetChange['change']): FleetChange {
  return create(FleetChangeSchema, { change });
}

function cutIntoPages(changes: readonly FleetChange[]): FleetChange[][] {
  const pages: FleetChange[][] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = sizeOf(change);
    const page = pages.at(-1);
    if (page !== undefined && page.length < PAGE_CHANGES && bytes + size <= PAGE_BYTES) {
      page.push(change);
      bytes += size;
    } else {
      pages.push([change]);
      bytes = size;
    }
  }
  return pages;
}

/** Bytes on the wire; estimated, not below, for the many instances, whose texts are bounded. */
function sizeOf({ change }: FleetChange): number {
  if (change.case !== 'instance') return toBinary(FleetChangeSchema, changeOf(change)).length;
  const { text, ports, gpuIds } = change.value;
  return 1024 + 3 * text.length + 128 * (ports.length + gpuIds.length);
}
