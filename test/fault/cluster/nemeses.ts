import { setTimeout as sleep } from 'node:timers/promises';
import { between, oneOf } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';
import { TTL_MS } from './islands.js';
import type { Islands } from './islands.js';
import type { Member } from './member.js';
import { anotherHasLed, NETWORK_NEMESES } from './network-nemeses.js';
import type { Nemesis } from './network-nemeses.js';

const HOUR_MS = 3_600_000;
/** Most that a coordinator is let begin to lead before it is killed. */
const MOST_BEGIN_MS = 400;

/** What befalls a cluster, by name. */
export const NEMESES = {
  ...NETWORK_NEMESES,
  'kill the leader': async (islands) => (await islands.leader()).kill(),
  'kill the leader and a follower': async (islands, random) => {
    const members = [await islands.leader(), await follower(islands, random)];
    await Promise.all(members.map((member) => member.kill()));
  },
  'kill all coordinators': async ({ members }) => {
    await Promise.all(members.map((member) => member.kill()));
  },
  'kill the leader, and the next one while it begins to lead': async (islands, random) => {
    const [leader, next] = [await islands.leader(), await islands.nextTerm()];
    await leader.kill();
    const successor = await next();
    await sleep(between(random, 0, MOST_BEGIN_MS));
    await successor.kill();
  },
  'stop the leader for longer than its lease': async (islands, random) => {
    const leader = await islands.leader();
    await leader.standStill(() => anotherHasLed(islands, leader, random));
  },
  'end each coordinator in order, as for an upgrade': async (islands) => {
    for (const member of islands.members) await member.endInOrder();
  },
  'stop a follower': async (islands, random) => {
    const member = await follower(islands, random);
    await member.standStill(() => sleep(TTL_MS + between(random, 1_000, 5_000)));
  },
  'kill a NATS server': (islands, random) => killServers(islands, [between(random, 0, 2)], between(random, 500, 3_000)),
  'kill two NATS servers': (islands, random) => {
    const first = between(random, 0, 2);
    return killServers(islands, [first, (first + 1) % 3], between(random, 500, 4_000));
  },
  'kill all NATS servers': (islands, random) => killServers(islands, [0, 1, 2], between(random, 0, 2_000)),
  'fill the disk of a NATS server': (islands, random) =>
    fillDisks(islands, [between(random, 0, 2)], between(random, 1_000, 4_000)),
  'fill the disks of all NATS servers': (islands, random) =>
    fillDisks(islands, [0, 1, 2], between(random, 1_000, 3_000)),
  'set the clocks of coordinators': async (islands, random) => {
    for (const member of islands.members) await member.setWall(between(random, -HOUR_MS, HOUR_MS));
    await sleep(between(random, 500, 3_000));
    for (const member of islands.members) await member.setWall(0);
  },
} satisfies Record<string, Nemesis>;

/** One of them. */
export type NemesisName = keyof typeof NEMESES;

async function follower(islands: Islands, random: Random): Promise<Member> {
  const leader = await islands.leader();
  const others = islands.members.filter((member) => member !== leader);
  return oneOf(random, [leader, ...others].slice(1) as [Member, ...Member[]]); // there are two
}

async function killServers({ nats }: Islands, servers: readonly number[], forMs: number): Promise<void> {
  await Promise.all(servers.map((server) => nats.kill(server)));
  await sleep(forMs);
  for (const server of servers) nats.restart(server);
  await nats.ready();
}

/** A server that could not write works no more until it is started again. */
async function fillDisks({ nats, disks }: Islands, servers: readonly number[], forMs: number): Promise<void> {
  const full = disks.filter((_, server) => servers.includes(server));
  await Promise.all(full.map((disk) => disk.fill()));
  await sleep(forMs);
  await Promise.all(full.map((disk) => disk.free()));
  await Promise.all(servers.map((server) => nats.kill(server)));
  for (const server of servers) nats.restart(server);
  await nats.ready();
}
