import { ApplyChange as WireChange } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { ApplyMinersRequest, FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import type { MinerSpec as WireSpec } from '../../common/gen/headframe/v1/miner_pb.js';
import { wantedReplicas } from '../../common/model/miner.js';
import { HeadframeError } from '../../common/model/error.js';
import { instanceId } from '../../common/model/instance.js';
import type { MinerRecord, MinerSpec } from '../../common/model/miner.js';
import type { CallContext, ServiceImplementation } from '../../common/rpc/index.js';
import { manifestInvalid, minerSpecsFromWire, minerToWire, whyToWire } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import type { FleetPort, Transaction } from '../fleet/port.js';
import {
  applyMiners,
  deleteMiner,
  pauseMiner,
  releaseMiner,
  requireNew,
  restartMiner,
  resumeMiner,
  rollbackMiner,
  scaleMiner,
  stopMiner,
} from '../rollout/index.js';
import type { ApplyChange, ApplyResult } from '../rollout/index.js';
import { requireGranted } from '../policy/index.js';
import { requireSecrets } from '../security/secrets/index.js';
import type { PlannedEviction } from '../scheduler/index.js';
import { requireChainDuties } from './chain-duties.js';
import { findMiner } from './find.js';
import { isConditional, requireMatch } from './if-match.js';
import type { HandlerParts } from './parts.js';
import type { Scope } from './scope.js';
import { invalidRequest } from './refuse.js';
import type { Views } from './views.js';

type Service = ServiceImplementation<typeof FleetService>;

/** The handlers that change miners, or tell what a change would do. */
type MinerChanges = Pick<
  Service,
  | 'applyMiners'
  | 'planMiners'
  | 'scaleMiner'
  | 'restartMiner'
  | 'stopMiner'
  | 'deleteMiner'
  | 'rollbackMiner'
  | 'pauseMiner'
  | 'resumeMiner'
  | 'releaseMiner'
>;

type Completing = 'moduleMiners' | 'modelMiners';

const MOST_MINERS = 1000;
const MOST_REPLICAS = 1_000_000;
/** Instances named in a plan that would have to make room for one miner. */
const MOST_PREEMPTED = 1000;

const CHANGES: Readonly<Record<ApplyChange, WireChange>> = {
  unchanged: WireChange.UNCHANGED,
  created: WireChange.CREATED,
  updatedInPlace: WireChange.UPDATED_IN_PLACE,
  updatedByReplacement: WireChange.UPDATED_BY_REPLACEMENT,
};

/** What applying answers. */
interface Applied {
  readonly results: ReturnType<typeof resultToWire>[];
  readonly revision: bigint;
}

/** The handler that applies miners; on a condition, one of them. */
export function applying(
  parts: Pick<HandlerParts, 'fleet' | 'kinds' | 'scopes' | 'policy' | Completing>,
  views: Pick<Views, 'revisionOfMiner'>,
): (
  asked: Pick<ApplyMinersRequest, 'miners' | 'newOnly'>,
  context: Pick<CallContext, 'caller' | 'metadata' | 'signal'>,
) => Promise<Applied> {
  const { fleet, kinds, scopes } = parts;
  return async ({ miners, newOnly }, context) => {
    const { caller, signal } = context;
    const written = readSpecs(miners);
    if (isConditional(context) && written.length > 1)
      throw invalidRequest({ path: 'miners', expected: 'one miner, where If-Match is given' });
    scopes.of(caller).requireOwn(written);
    // As they are now, for nothing else to be said of what is there; and as they are when it is decided.
    if (newOnly) requireNew(fleet, written);
    const specs = await completed(parts, written, signal);
    // Names may have been taken meanwhile.
    scopes.of(caller).requireOwn(specs);
    requireChainDuties(caller, fleet, specs);
    requireGranted(specs, parts.policy.current);
    requireSecrets(fleet, specs);
    const { value, revision, durable } = fleet.transact((tx) => {
      for (const { name } of specs) requireMatch(context, views.revisionOfMiner(name));
      if (newOnly) requireNew(tx, specs);
      return applyMiners(tx, specs, kinds);
    });
    await durable;
    return { results: value.map(resultToWire), revision: BigInt(revision) };
  };
}

/** Makes the handlers; all answer once what they did is durable. */
export function minerChanges(parts: HandlerParts, views: Views): MinerChanges {
  const { fleet, kinds, scopes } = parts;
  const change = async (name: string, context: CallContext, how: (tx: Transaction) => MinerRecord) => {
    refuseLease(findMiner(scopes.of(context.caller).fleet, name));
    const { value, durable } = fleet.transact((tx) => {
      requireMatch(context, views.revisionOfMiner(name));
      return how(tx);
    });
    await durable;
    // By now another client may have had it removed.
    return { miner: minerToWire(views.miner(fleet.miner(name) ?? value)) };
  };
  return {
    applyMiners: applying(parts, views),
    planMiners: ({ miners }, { caller, signal }) => {
      const specs = readSpecs(miners);
      requireChainDuties(caller, fleet, specs);
      return planMiners(parts, { scope: scopes.of(caller), written: specs, signal });
    },
    scaleMiner: ({ name, replicas }, context) => {
      checkReplicas(replicas);
      return change(name, context, (tx) => scaleMiner(tx, name, replicas));
    },
    restartMiner: ({ name }, context) => change(name, context, (tx) => restartMiner(tx, name)),
    stopMiner: ({ name }, context) => change(name, context, (tx) => stopMiner(tx, name)),
    rollbackMiner: ({ name, toRevision }, context) => {
      const rollback = { toRevision: numberFromWire(toRevision, 'to_revision'), cause: 'rollback' } as const;
      return change(name, context, (tx) => {
        const after = rollbackMiner(tx, name, kinds, rollback);
        scopes.of(context.caller).requireOwn([after.spec]);
        requireChainDuties(context.caller, fleet, [after.spec]);
        requireGranted([after.spec], parts.policy.current);
        requireSecrets(tx, [after.spec]);
        return after;
      });
    },
    pauseMiner: ({ name }, context) => change(name, context, (tx) => pauseMiner(tx, name)),
    resumeMiner: ({ name }, context) => change(name, context, (tx) => resumeMiner(tx, name)),
    releaseMiner: ({ name }, context) => change(name, context, (tx) => releaseMiner(tx, name)),
    deleteMiner: async ({ name }, context) => {
      refuseLease(findMiner(scopes.of(context.caller).fleet, name));
      const { revision, durable } = fleet.transact((tx) => {
        requireMatch(context, views.revisionOfMiner(name));
        return deleteMiner(tx, name);
      });
      await durable;
      return { revision: BigInt(revision) };
    },
  };
}

/** What modules and models are made of is found, and put into their miners. */
async function completed(
  { moduleMiners, modelMiners }: Pick<HandlerParts, Completing>,
  written: readonly MinerSpec[],
  signal: AbortSignal,
): Promise<readonly MinerSpec[]> {
  return modelMiners.complete(await moduleMiners.complete(written), signal);
}

/** A lease ends by its own way alone, which keeps its books. */
function refuseLease({ spec: { kind, name } }: MinerRecord): void {
  if (kind !== 'lease') return;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'miner_leased',
    message: `${name} is a lease, which is not changed as miners are`,
    remedy: `End it with headframe lease release ${name}, or make its term longer with headframe lease extend ${name}.`,
    metadata: { miner: name },
  });
}

/** Checks everything before anything is done. */
function readSpecs(miners: readonly WireSpec[]): readonly MinerSpec[] {
  if (miners.length >= 1 && miners.length <= MOST_MINERS) return minerSpecsFromWire(miners);
  const expected = `1 to ${MOST_MINERS} miners`;
  throw manifestInvalid([{ path: 'miners', value: `${miners.length} miners`, expected }]);
}

function checkReplicas(replicas: number): void {
  if (replicas <= MOST_REPLICAS) return;
  throw invalidRequest({ path: 'replicas', value: String(replicas), expected: `0 to ${MOST_REPLICAS}` });
}

function resultToWire({ name, change, changedPaths }: ApplyResult) {
  return { name, change: CHANGES[change], changedPaths: [...changedPaths] };
}

async function planMiners(
  parts: HandlerParts,
  {
    scope,
    written,
    signal,
  }: { readonly scope: Scope; readonly written: readonly MinerSpec[]; readonly signal: AbortSignal },
) {
  const { fleet, kinds, scheduler, policy } = parts;
  scope.requireOwn(written);
  const specs = await completed(parts, written, signal);
  requireGranted(specs, policy.current);
  requireSecrets(fleet, specs);
  const { revision } = fleet;
  const { results, resolved } = dryRun(fleet, (tx) => ({
    results: applyMiners(tx, specs, kinds),
    resolved: specs.map((spec) => withChosenReplicas(tx.miner(spec.name), spec)),
  }));
  const replaced = new Set(results.filter(({ change }) => change === 'updatedByReplacement').map(({ name }) => name));
  const planned = resolved.map((spec) => ({ spec, replaces: replaced.has(spec.name) }));
  const placements = new Map((await scheduler.plan(planned)).map((plan) => [plan.miner, plan]));
  const plans = results.map((result) => {
    const {
      placements: hosts = [],
      unplaced = 0,
      stopping = 0,
      preempted = [],
      why,
    } = placements.get(result.name) ?? {};
    const waits = why === undefined ? {} : { why: whyToWire(why) };
    const counts = { placements: hosts.map((host) => ({ ...host })), unplaced, stopping };
    return {
      ...resultToWire(result),
      ...counts,
      preempted: preempted.slice(0, MOST_PREEMPTED).map((eviction) => toWire(eviction, scope)),
      ...waits,
    };
  });
  return { plans, revision: BigInt(revision) };
}

function toWire({ serial, miner, priority, hostId, hostName }: PlannedEviction, { fleet }: Scope) {
  const named = fleet.miner(miner) === undefined ? {} : { instanceId: instanceId(miner, serial), miner };
  return { ...named, priority, hostId, hostName };
}

/** The number of replicas of an autoscaled miner is the autoscaler's, not the spec's. */
function withChosenReplicas(record: MinerRecord | undefined, spec: MinerSpec): MinerSpec {
  if (record === undefined || spec.autoscale === undefined) return spec;
  return { ...spec, replicas: wantedReplicas(record) };
}

/** What a transaction would do: it is done in full, so that it fails as the real one would, and undone. */
function dryRun<T>(fleet: FleetPort, fn: (tx: Transaction) => T): T {
  const outcome: { value?: T } = {};
  const undo = new Error('undo');
  try {
    fleet.transact((tx) => {
      outcome.value = fn(tx);
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  // `fn` has returned, or what it threw was thrown on.
  return outcome.value as T;
}
