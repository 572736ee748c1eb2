import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { lostAfterMs } from '../../../common/model/host-lease.js';
import type { SwitchedMachine } from '../../support/network-switch.js';
import { between, oneOf } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';
import { LEASE_MS, TTL_MS } from './islands.js';
import type { Islands } from './islands.js';
import type { Member } from './member.js';

const exec = promisify(execFile);

/** For so long two would lead, if the former one did not know better. */
const TOGETHER_MS = 1_500;
const HOUR_MS = 3_600_000;

/** Its hosts count as lost, and what runs there is begun elsewhere. */
export const LOSS = 'cut some hosts from every coordinator until they count as lost';

/** Does one thing to a cluster and takes it back; what is to come of it takes its time afterwards. */
type Nemesis = (islands: Islands, random: Random) => Promise<void>;

/** What befalls a cluster, by name. */
export const NEMESES = {
  'kill the leader': async (islands) => (await islands.leader()).kill(),
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
  'cut the leader from NATS': async (islands, random) => {
    const leader = await islands.leader();
    await cut(leader, islands.natsAddresses, () => anotherHasLed(islands, leader, random));
  },
  'cut the leader from all hosts': async (islands, random) => {
    const hosts = islands.groups.map(({ machine }) => machine.address);
    await cut(await islands.leader(), hosts, () => sleep(between(random, 1_000, LEASE_MS / 2)));
  },
  [LOSS]: async (islands, random) => {
    const addresses = [islands.busiest().machine.address];
    const forMs = lostAfterMs(LEASE_MS) + between(random, 1_000, 3_000);
    await Promise.all(islands.members.map((member) => cut(member, addresses, () => sleep(forMs))));
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

/** Another leads, and has led for long enough that the former one would have been heard beside it. */
async function anotherHasLed(islands: Islands, former: Member, random: Random): Promise<void> {
  await islands.anotherLeads(former);
  await sleep(TOGETHER_MS + between(random, 0, 2_000));
}

/** Nothing passes between a coordinator and these, either way and of no connection, until this is over. */
async function cut({ machine }: Member, addresses: readonly string[], over: () => Promise<unknown>): Promise<void> {
  const each = async (change: '-A' | '-D'): Promise<void> => {
    for (const address of addresses) {
      await inside(machine, 'iptables', '-w', change, 'OUTPUT', '-d', address, '-j', 'DROP');
      await inside(machine, 'iptables', '-w', change, 'INPUT', '-s', address, '-j', 'DROP');
    }
  };
  await each('-A');
  await over();
  await each('-D');
}

async function inside({ name }: SwitchedMachine, ...command: readonly string[]): Promise<void> {
  await exec('nsenter', [`--net=/run/netns/${name}`, '--', ...command]);
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
