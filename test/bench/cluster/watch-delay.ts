import { setTimeout as sleep } from 'node:timers/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { WatchFleetResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { waitFor } from '../../support/wait-for.js';
import { percentile } from '../report.js';
import { BENCH_HOST, ReportingAgent } from '../status/reporting-agent.js';
import { Watchers } from '../status/watchers.js';
import type { Member } from './member.js';

const MINER = 'watched';
const INSTANCES = 100;
const WATCHERS = 100;
const HEARTBEAT_MS = 5_000;
/** Between two reports, whether the one before was heard of or not. */
const EVERY_MS = 50;
const PATIENCE_MS = 60_000;

/**
 * Milliseconds from each report of an agent, twenty a second, until each of a hundred watchers has heard of it, and the longest that
 * the event loop of the coordinator has stood still meanwhile.
 */
export async function watchDelays(member: Member, reports: number): Promise<Record<string, number>> {
  const { address, fleet } = member;
  const agent = new ReportingAgent(address, undefined, HEARTBEAT_MS);
  try {
    const constraints = [{ attribute: 'host.id', operator: 'in', values: [BENCH_HOST] }] as const;
    await fleet.applyMiners({ miners: [wireSpec({ name: MINER, replicas: INSTANCES, constraints })] });
    await agent.holds(INSTANCES);
    const delays = await reportTo(agent, member, reports);
    const stallMs = await member.longestStallMs();
    return { watch_p50_ms: percentile(delays, 0.5), watch_p99_ms: percentile(delays, 0.99), watch_stall_ms: stallMs };
  } finally {
    agent.close();
  }
}

async function reportTo(agent: ReportingAgent, member: Member, reports: number): Promise<number[]> {
  const watchers = new Watchers(member.address, undefined, WATCHERS, MINER);
  try {
    const synced = new Set<number>();
    watchers.onMessage((watcher, message) => {
      if (fromBinary(WatchFleetResponseSchema, message).synced) synced.add(watcher);
    });
    await waitFor('all watches to be whole', () => synced.size === WATCHERS, PATIENCE_MS);
    await member.longestStallMs();
    const delays: number[] = [];
    // A time that no other report has tells which of them a watcher hears of.
    const firstAtMs = Date.now();
    const sentAt: number[] = [];
    watchers.onMessage((_, message) => {
      const atMs = performance.now();
      for (const { change } of fromBinary(WatchFleetResponseSchema, message).changes) {
        if (change.case !== 'instance') continue;
        const sent = sentAt[Number(change.value.startedAtMs) - firstAtMs];
        if (sent !== undefined) delays.push(atMs - sent);
      }
    });
    for (let round = 0; round < reports; round += 1) {
      sentAt.push(performance.now());
      agent.report(agent.serials[(round * 37) % agent.serials.length] ?? 0, firstAtMs + round);
      await sleep(EVERY_MS);
    }
    await waitFor('all to have heard', () => delays.length >= reports * WATCHERS, PATIENCE_MS);
    return delays;
  } finally {
    watchers.close();
  }
}
