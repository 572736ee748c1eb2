import type { FleetChange } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { Health, InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { Instance } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { Miner } from '../../../common/gen/headframe/v1/miner_pb.js';

/** What of a miner is waited for. */
export interface Awaited {
  /** Instances up to this one are of before. */
  readonly afterSerial: bigint;
  /** Revision that instances have to run at least. */
  readonly fromRevision: bigint;
}

const ENDED: ReadonlySet<InstanceState> = new Set([InstanceState.STOPPED, InstanceState.FAILED, InstanceState.LOST]);

/**
 * What is waited for after a revision was asked for, be it again: of the instances that there were, those that have ended tell nothing
 * of it, and those under way may be its own. Pure.
 */
export function awaitedAfter(before: readonly Pick<Instance, 'serial' | 'state'>[], fromRevision: bigint): Awaited {
  const ended = before.filter(({ state }) => ENDED.has(state));
  return { afterSerial: ended.reduce((last, { serial }) => (serial > last ? serial : last), 0n), fromRevision };
}

/** Why a deployment came to nothing. */
export interface DeploymentFailure {
  readonly reason: string;
  readonly text: string;
  readonly instance: string;
  /** Of the step of the build that failed, or of the container. */
  readonly exitCode: number | undefined;
}

/** What became of a deployment. */
export type DeploymentEnd =
  | { readonly kind: 'running'; readonly instance: Instance }
  | { readonly kind: 'failed'; readonly failure: DeploymentFailure };

/** A container that ends so often does not run. */
const MOST_RESTARTS = 3;

/** What a watch of one miner has told, and what that says of its deployment. */
export class DeploymentBoard {
  readonly #awaited: Awaited;
  readonly #instances = new Map<string, Instance>();
  #miner: Miner | undefined;

  constructor(awaited: Awaited) {
    this.#awaited = awaited;
  }

  take({ change }: FleetChange): void {
    if (change.case === 'miner') this.#miner = change.value;
    else if (change.case === 'minerRemoved') this.#miner = undefined;
    else if (change.case === 'instance') this.#instances.set(change.value.id, change.value);
    // One that has failed is remembered, though its record may go.
    else if (change.case === 'instanceRemoved' && !this.#hasFailed(change.value)) this.#instances.delete(change.value);
  }

  /** Undefined while it is under way. */
  end(): DeploymentEnd | undefined {
    const fresh = [...this.#instances.values()].filter((one) => this.#isFresh(one));
    const instance = fresh.find(isReady);
    if (instance !== undefined) return { kind: 'running', instance };
    const failed = fresh.find((one) => one.serial > this.#awaited.afterSerial && isInVain(one));
    if (failed !== undefined) return { kind: 'failed', failure: failureOf(failed) };
    const { quarantine } = this.#miner ?? {};
    if (quarantine === undefined) return undefined;
    const { reason, text, instance: last } = quarantine;
    return { kind: 'failed', failure: { reason, text, instance: last, exitCode: undefined } };
  }

  /** Why it takes so long, for people. */
  why(): { readonly reason: string; readonly text: string } {
    const [waiting] = [...this.#instances.values()].filter((one) => this.#isFresh(one) && !isReady(one));
    const { reason = '', text = '' } = this.#miner?.why ?? waiting ?? {};
    return { reason, text };
  }

  #isFresh({ specRevision }: Instance): boolean {
    return specRevision >= this.#awaited.fromRevision;
  }

  #hasFailed(id: string): boolean {
    const known = this.#instances.get(id);
    return known !== undefined && isInVain(known);
  }
}

function isReady({ state, health }: Instance): boolean {
  return state === InstanceState.RUNNING && (health === Health.NONE || health === Health.HEALTHY);
}

function isInVain({ state, restarts }: Instance): boolean {
  return state === InstanceState.FAILED || (restarts >= MOST_RESTARTS && state !== InstanceState.RUNNING);
}

function failureOf({ id, reason, text, exitCode }: Instance): DeploymentFailure {
  return { reason, text, instance: id, exitCode: exitCode ?? stepCodeIn(text) };
}

/** As the engine's builder ends its words: `…returned a non-zero code: 3`. */
function stepCodeIn(text: string): number | undefined {
  const [, code] = /non-zero code: (\d{1,3})/.exec(text) ?? [];
  return code === undefined ? undefined : Number(code);
}
