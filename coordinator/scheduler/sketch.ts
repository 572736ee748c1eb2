import type { Labels } from '../../common/model/miner.js';
import type { CapacityIndex, Grant } from './capacity-index.js';
import { labelValue } from './constraint.js';
import type { Demand } from './demand.js';
import { leftOutBy, roomAfter } from './fit.js';
import type { Filter } from './fit.js';
import type { FleetMirror } from './fleet-mirror.js';
import { STANDING } from './host-columns.js';
import type { Quotas } from './quotas.js';

/** What one instance holds, and where. */
export interface Held {
  /** Handle of its host. */
  readonly host: number;
  readonly demand: Demand;
  readonly grant: Grant;
}

/** What is placed where, for asking what if. Hosts are known by handle; what is moved is moved in the sketch alone. */
export class Sketch {
  readonly #mirror: FleetMirror;
  readonly #index: CapacityIndex;
  readonly #quotas: Quotas;

  /** Of a copy; with `live` of the index itself, on which nothing may be moved. */
  constructor(mirror: FleetMirror, live?: 'live') {
    this.#mirror = mirror;
    this.#index = live === undefined ? mirror.index.copy() : mirror.index;
    this.#quotas = live === undefined ? mirror.quotas.copy() : mirror.quotas;
  }

  /** Handles of the hosts that take new instances. */
  openHosts(): number[] {
    return [...this.#index.hosts()].filter((host) => this.#index.columns.standing[host] === STANDING.open);
  }

  /** The handle of a host in the fleet. */
  handleOf(hostId: string): number | undefined {
    return this.#index.handleOf(hostId);
  }

  /** The host's id. */
  idOf(host: number): string {
    return this.#index.entry(host).id;
  }

  /** The host's name. */
  nameOf(host: number): string {
    return this.#index.entry(host).attributes.name;
  }

  /** Whether the host bears all these labels. */
  bears(host: number, labels: Labels): boolean {
    const { attributes } = this.#index.entry(host);
    return Object.entries(labels).every(([key, value]) => labelValue(attributes, key) === value);
  }

  /** What tells the places apart that the miner's instances are spread over. */
  domainOf(host: number, { strategy }: Demand): string {
    const { id, attributes } = this.#index.entry(host);
    return strategy.spreadBy === '' ? id : (labelValue(attributes, strategy.spreadBy) ?? '');
  }

  /** Dominant share of a host with `copies` more of a demand, or with a number below zero fewer; from 0 to 1. */
  shareWith(host: number, demand: Demand, copies: number): number {
    const room = roomAfter(this.#index.columns, demand, host, copies);
    return room < 0 ? 1 : 1 - room;
  }

  /** Dominant share of a host. */
  share(host: number): number {
    return this.shareWith(host, NOTHING, 0);
  }

  /** Why the host takes no more of the demand; undefined when it does. */
  refusal(host: number, demand: Demand): Filter | undefined {
    return leftOutBy(this.#index, demand, host);
  }

  /** Whether the host could ever take the demand, as far as constraints tell. */
  allows(host: number, demand: Demand): boolean {
    return this.#index.feasibility.allows(demand, host);
  }

  /** How much the host meets the demand's wishes. */
  bonus(host: number, demand: Demand): number {
    return this.#index.feasibility.bonus(demand, host);
  }

  /** Whether the demand's namespace may hold one more instance, as is needed while one is moved. */
  hasQuotaForOne(demand: Demand): boolean {
    return this.#quotas.of(demand.namespace).room(demand, 1) === 1;
  }

  /** Instances of a miner by host. */
  countsOf(miner: string): ReadonlyMap<number, number> {
    return this.#index.counts.of(miner);
  }

  /** What an instance holds; undefined when it holds nothing. */
  heldBy(serial: number): Held | undefined {
    const holding = this.#mirror.holdingOf(serial);
    if (holding?.kind !== 'held') return undefined;
    return { host: holding.host, demand: holding.group.demand, grant: holding.grant };
  }

  /** Moves what is held to another host that takes it. */
  move({ host, demand, grant }: Held, to: number): void {
    this.#index.release(host, demand, grant);
    this.#index.reserve(to, demand, 1);
  }
}

/** A demand for nothing, so that a host is measured as it is. */
const NOTHING: Demand = {
  miner: '',
  namespace: '',
  priority: 0,
  cpuMillis: 0,
  memoryBytes: 0,
  diskBytes: 0,
  gpus: 0,
  ports: [],
  fixedPorts: [],
  automaticPorts: { tcp: 0, udp: 0 },
  constraints: [],
  affinities: [],
  plotFolders: [],
  strategy: { kind: 'balance', spreadBy: '', perHostCap: 0 },
  identity: '',
  asks: '',
  proven: [],
  plain: true,
  constraintsKey: '',
  affinitiesKey: '',
  shape: '',
};
