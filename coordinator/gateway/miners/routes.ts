import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { Miner } from '../../../common/gen/headframe/v1/miner_pb.js';
import { RewardsService } from '../../../common/gen/headframe/v1/rewards_service_pb.js';
import { StakeService } from '../../../common/gen/headframe/v1/stake_service_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { nameField } from '../../../common/model/manifest/texts.js';
import { moduleStatus } from '../module-status.js';
import type { ModuleStatus } from '../module-status.js';
import { itemsOn, pageOf, pageSchema } from '../paging.js';
import { requestInvalid } from '../refusals.js';
import { checked, ok } from '../route.js';
import type { CallMethod, Exchange, Route } from '../route.js';
import { minerMetrics, totalsByMiner } from './miner-metrics.js';
import { changedSpec, newMinerSpec, stakePolicyOf } from './miner-specs.js';
import { namedSchema, registerSchema, stakeSchema, startSchema } from './seed-config.js';

const { listMiners, getMiner, listInstances, restartMiner, stopMiner, applyMiners } = FleetService.method;
const { listRewards } = RewardsService.method;
const { getStakePolicy, setStakePolicy } = StakeService.method;

/** Pages that lie further back are not counted up to. */
const MOST_MINERS = 20_000;
const LIST_PAGE = 1_000;
/** Of the lists; a page of all miners, or the one that is named. */
const listedSchema = pageSchema.extend({ module: nameField.optional() });

/** The miner API of the seed, over the fleet's miners. */
export function minerRoutes(nowMs: () => number): Route[] {
  const statusOf = (miner: Miner, startedAtMs?: number): ModuleStatus =>
    moduleStatus(miner, { nowMs: nowMs(), startedAtMs });
  return [...readingRoutes(statusOf), ...changingRoutes(statusOf)];
}

type StatusOf = (miner: Miner, startedAtMs?: number) => ModuleStatus;

function readingRoutes(statusOf: StatusOf): Route[] {
  return [
    {
      ...{ verb: 'GET', path: '/api/miner/status', method: listMiners },
      about: { summary: 'How miners stand', query: listedSchema },
      answer: async (exchange) => {
        const name = nameAsked(exchange);
        if (name === undefined) return ok((await minersOnPage(exchange)).map((miner) => statusOf(miner)));
        const miner = await minerOf(exchange.call, name);
        return ok([statusOf(miner, await startedAt(exchange.call, name))]);
      },
    },
    {
      ...{ verb: 'GET', path: '/api/miner/metrics', method: listRewards },
      about: { summary: 'What miners have earned', query: listedSchema },
      answer: async (exchange) => {
        const name = nameAsked(exchange);
        const miners = name === undefined ? await minersOnPage(exchange) : [await minerOf(exchange.call, name)];
        const { totals } = await exchange.call(listRewards, {});
        const byMiner = totalsByMiner(totals);
        return ok(miners.map(({ spec }) => minerMetrics(spec?.name ?? '', byMiner.get(spec?.name ?? ''))));
      },
    },
  ];
}

function changingRoutes(statusOf: StatusOf): Route[] {
  return [
    {
      ...{ verb: 'POST', path: '/api/miner/register', method: applyMiners },
      about: { summary: 'Runs a module as a miner', body: registerSchema, reply: { status: 201 } },
      answer: async ({ body, call }) => {
        const asked = checked(registerSchema, body ?? {});
        const { module_name: name } = asked;
        await call(applyMiners, { miners: [newMinerSpec(asked)], newOnly: true });
        const location = `/api/miner/status?module=${name}`;
        return { status: 201, body: statusOf(await minerOf(call, name)), headers: { location } };
      },
    },
    {
      ...{ verb: 'POST', path: '/api/miner/modules/:name/start', method: restartMiner },
      about: { summary: 'Starts a stopped miner, with other limits if asked', params: namedSchema, body: startSchema },
      answer: async ({ params, body, call }) => {
        const { name } = checked(namedSchema, params);
        const change = checked(startSchema, body ?? {});
        const { spec, stopped } = await minerOf(call, name);
        const changed = changedSpec(spec, change);
        if (changed !== undefined) await call(applyMiners, { miners: [changed] });
        // To restart one that runs would replace its instances.
        if (stopped) await call(restartMiner, { name });
        return ok(statusOf(await minerOf(call, name)));
      },
    },
    {
      ...{ verb: 'POST', path: '/api/miner/modules/:name/stop', method: stopMiner },
      about: { summary: 'Stops a miner', params: namedSchema },
      answer: async ({ params, call }) => {
        const { miner } = await call(stopMiner, checked(namedSchema, params));
        return ok(statusOf(present(miner)));
      },
    },
    {
      ...{ verb: 'PUT', path: '/api/miner/modules/:name/stake', method: setStakePolicy },
      about: {
        summary: 'Sets the stake that a miner is to have',
        params: namedSchema,
        body: stakeSchema,
        reply: { status: 202 },
      },
      answer: async ({ params, body, call }) => {
        const { name } = checked(namedSchema, params);
        const wish = checked(stakeSchema, body ?? {});
        const miner = await minerOf(call, name);
        const before = await unlessNotFound(call(getStakePolicy, { name }));
        await call(setStakePolicy, { policy: stakePolicyOf(miner, before?.status, wish) });
        // The stake follows, by calls of its own.
        return { status: 202, body: statusOf(miner) };
      },
    },
  ];
}

function nameAsked({ query: { module: name } }: Exchange): string | undefined {
  return name === undefined ? undefined : checked(namedSchema, { name }).name;
}

async function minerOf(call: CallMethod, name: string): Promise<Miner> {
  return present((await call(getMiner, { name })).miner);
}

function present(miner: Miner | undefined): Miner {
  if (miner === undefined) throw new Error('an answer lacks its miner');
  return miner;
}

/** When the oldest of its running instances started, in unix milliseconds; undefined where none runs. */
async function startedAt(call: CallMethod, miner: string): Promise<number | undefined> {
  const { instances } = await call(listInstances, { miner, states: [InstanceState.RUNNING], pageSize: LIST_PAGE });
  const times = instances.map(({ startedAtMs }) => Number(startedAtMs)).filter((atMs) => atMs > 0);
  return times.length === 0 ? undefined : Math.min(...times);
}

async function minersOnPage({ query, call }: Exchange): Promise<Miner[]> {
  const page = pageOf(query);
  const wanted = page.page * page.perPage;
  if (wanted > MOST_MINERS)
    throw requestInvalid([{ path: 'page', expected: `a page of the first ${String(MOST_MINERS)} miners` }]);
  const miners: Miner[] = [];
  let pageToken = '';
  do {
    const listed = await call(listMiners, { pageSize: LIST_PAGE, pageToken });
    miners.push(...listed.miners);
    pageToken = listed.nextPageToken;
  } while (pageToken !== '' && miners.length < wanted);
  return itemsOn(miners, page);
}

async function unlessNotFound<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof HeadframeError && error.code === 'not_found') return undefined;
    throw error;
  }
}
