import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkNode } from '../../support/network-node.js';
import type { Program } from '../../support/program.js';
import { between, oneOf } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';

/** A host that faults befall. */
export interface Victim {
  readonly node: NetworkNode;
  /** The agent that runs there now. */
  agent(): Program;
  /** Starts it again with the same data. */
  start(): Promise<unknown>;
  /** The guard of its exclusive instances; 0 when there is none. */
  guardPid(): number;
  /** Where the agent's wall clock takes its offset from. */
  readonly wallOffsetFile: string;
}

/** Befalls a host for so long and is over when it resolves. */
type Fault = (victim: Victim, forMs: number, random: Random) => Promise<void>;

const LARGEST_JUMP_MS = 86_400_000;

/** What may befall a host. After each, the network is whole and the agent runs. */
export const FAULTS = {
  cut: ({ node }, forMs) => during(node, 'both', forMs),
  cut_out: ({ node }, forMs) => during(node, 'out', forMs),
  cut_in: ({ node }, forMs) => during(node, 'in', forMs),
  flapping: async ({ node }, forMs, random) => {
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs) {
      await during(node, oneOf(random, ['both', 'out', 'in']), between(random, 100, 2_500));
      await sleep(between(random, 20, 400));
    }
  },
  frozen: async ({ agent }, forMs) => {
    agent().signal('SIGSTOP');
    await sleep(forMs);
    agent().signal('SIGCONT');
  },
  frozen_apart: async ({ node, agent }, forMs, random) => {
    agent().signal('SIGSTOP');
    await sleep(between(random, 0, 1_000));
    await during(node, oneOf(random, ['both', 'out', 'in']), forMs);
    agent().signal('SIGCONT');
  },
  killed: async ({ agent, start }, forMs) => {
    await agent().end('SIGKILL');
    await sleep(forMs);
    await start();
  },
  crash_loop_apart: async (victim, forMs, random) => {
    const { node, agent, start } = victim;
    await node.cut(oneOf(random, ['both', 'out', 'in']));
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs) {
      await agent().end('SIGKILL');
      await sleep(between(random, 0, 300));
      await start();
      await sleep(between(random, 300, 1_500));
    }
    await node.mend();
  },
  clock_jump_apart: async ({ node, wallOffsetFile }, forMs, random) => {
    const jump = (): Promise<void> =>
      writeFile(wallOffsetFile, String(between(random, -LARGEST_JUMP_MS, LARGEST_JUMP_MS)));
    await jump();
    await Promise.all([during(node, oneOf(random, ['both', 'out', 'in']), forMs), sleep(forMs / 2).then(jump)]);
    // Or its host would take nothing any more.
    await writeFile(wallOffsetFile, '0');
  },
  guard_killed_apart: async (victim, forMs, random) => {
    const killing = sleep(between(random, 0, Math.floor(forMs))).then(() => {
      const pid = victim.guardPid();
      if (pid > 0) process.kill(pid, 'SIGKILL');
    });
    await Promise.all([during(victim.node, oneOf(random, ['both', 'out', 'in']), forMs), killing]);
  },
} as const satisfies Record<string, Fault>;

/** Name of a fault. */
export type FaultName = keyof typeof FAULTS;

/** Every fault, in an order that chance gives it, again and again. */
export function* shuffledFaults(random: Random): Generator<FaultName, never> {
  for (;;) {
    // The keys of a constant object are exactly its type's keys.
    const names = Object.keys(FAULTS) as FaultName[];
    const keyed = names.map((name) => ({ name, key: random() })).sort((a, b) => a.key - b.key);
    for (const { name } of keyed) yield name;
  }
}

async function during(node: NetworkNode, cut: Parameters<NetworkNode['cut']>[0], forMs: number): Promise<void> {
  await node.cut(cut);
  await sleep(forMs);
  await node.mend();
}
