import { setTimeout as sleep } from 'node:timers/promises';
import { lostAfterMs } from '../../../common/model/host-lease.js';
import type { SwitchedMachine } from '../../support/network-switch.js';
import { between } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';
import { BadWire } from './bad-wire.js';
import type { WireFigures } from './bad-wire.js';
import { cut, deafen } from './cuts.js';
import { LEASE_MS } from './islands.js';
import type { Islands } from './islands.js';
import type { Member } from './member.js';

/** Does one thing to a cluster and takes it back; what is to come of it takes its time afterwards. */
export type Nemesis = (islands: Islands, random: Random) => Promise<void>;

/** For so long two would lead, if the former one did not know better. */
const TOGETHER_MS = 1_500;

/** Machines, and the addresses that each has a bad wire to. */
type Wires = readonly (readonly [SwitchedMachine, readonly string[]])[];

/** What befalls the network of a cluster, by name. */
export const NETWORK_NEMESES = {
  'cut the leader from NATS': async (islands, random) => {
    const leader = await islands.leader();
    await cut(leader.machine, addressesOf(islands.servers), () => anotherHasLed(islands, leader, random));
  },
  'have NATS hear nothing of the leader': async (islands, random) => {
    const leader = await islands.leader();
    await deafen(islands.servers, [leader.machine.address], () => anotherHasLed(islands, leader, random));
  },
  'have the leader hear nothing of NATS': async (islands, random) => {
    const leader = await islands.leader();
    await deafen([leader.machine], addressesOf(islands.servers), () => anotherHasLed(islands, leader, random));
  },
  'have a NATS server hear nothing of the others': async ({ servers }, random) => {
    const { one, others } = choose(servers, random);
    await deafen([one], addressesOf(others), () => sleep(between(random, 1_000, 6_000)));
  },
  'have NATS servers hear nothing of one of them': async ({ servers }, random) => {
    const { one, others } = choose(servers, random);
    await deafen(others, [one.address], () => sleep(between(random, 1_000, 6_000)));
  },
  'cut the leader from all hosts': async (islands, random) => {
    const { machine } = await islands.leader();
    await cut(machine, hostsOf(islands), () => sleep(between(random, 1_000, LEASE_MS / 2)));
  },
  'cut some hosts from every coordinator until they count as lost': async (islands, random) => {
    const addresses = [islands.busiest().machine.address];
    const over = untilLost(random);
    await Promise.all(islands.members.map(({ machine }) => cut(machine, addresses, over)));
  },
  'have coordinators hear nothing of some hosts until they count as lost': async (islands, random) => {
    await deafen(machinesOf(islands.members), [islands.busiest().machine.address], untilLost(random));
  },
  'have some hosts hear nothing of coordinators until they count as lost': async (islands, random) => {
    await deafen([islands.busiest().machine], addressesOf(machinesOf(islands.members)), untilLost(random));
  },
  'lose, double and delay some of what passes between coordinators and NATS': async (islands, random) => {
    const servers = addressesOf(islands.servers);
    await badFor(
      islands.members.map(({ machine }) => [machine, servers]),
      random,
    );
  },
  'lose, double and delay some of what passes between NATS servers': async ({ servers }, random) => {
    await badFor(
      servers.map((machine, at) => [machine, addressesOf(servers.slice(at + 1))]),
      random,
    );
  },
  'lose, double and delay some of what passes between hosts and coordinators': async (islands, random) => {
    const members = addressesOf(machinesOf(islands.members));
    await badFor(
      islands.groups.map(({ machine }) => [machine, members]),
      random,
    );
  },
} satisfies Record<string, Nemesis>;

/** Another leads, and has led for long enough that the former one would have been heard beside it. */
export async function anotherHasLed(islands: Islands, former: Member, random: Random): Promise<void> {
  await islands.anotherLeads(former);
  await sleep(TOGETHER_MS + between(random, 0, 2_000));
}

function addressesOf(machines: readonly SwitchedMachine[]): string[] {
  return machines.map(({ address }) => address);
}

function machinesOf(members: readonly Member[]): SwitchedMachine[] {
  return members.map(({ machine }) => machine);
}

function hostsOf({ groups }: Islands): string[] {
  return groups.map(({ machine }) => machine.address);
}

function untilLost(random: Random): () => Promise<void> {
  const forMs = lostAfterMs(LEASE_MS) + between(random, 1_000, 3_000);
  return () => sleep(forMs);
}

function choose(
  servers: Islands['servers'],
  random: Random,
): { readonly one: SwitchedMachine; readonly others: readonly SwitchedMachine[] } {
  const at = between(random, 0, servers.length - 1);
  return { one: servers[at] ?? servers[0], others: servers.filter((_, other) => other !== at) };
}

/** @throws where nothing passed, or all of it unharmed, for then nothing was put to the test */
async function badFor(wires: Wires, random: Random): Promise<void> {
  const most = between(random, 10, 80);
  const badness = {
    ...{ lost: between(random, 2, 12) / 100, doubled: between(random, 2, 12) / 100 },
    delayMs: [between(random, 0, 5), most] as const,
  };
  const forMs = between(random, 3_000, 6_000);
  const laid: BadWire[] = [];
  const figures: WireFigures[] = [];
  try {
    for (const [machine, peers] of wires) if (peers.length > 0) laid.push(await BadWire.lay(machine, peers, badness));
    await sleep(forMs);
  } finally {
    for (const wire of laid) figures.push(await wire.mend());
  }
  const late = figures.reduce((sum, each) => sum + each.late, 0);
  const meddled = figures.reduce((sum, { lost, doubled, overtaken }) => sum + lost + doubled + overtaken, 0);
  if (late === 0 || meddled === 0) throw new Error(`bad wires were good ones: ${JSON.stringify(figures)}`);
}
