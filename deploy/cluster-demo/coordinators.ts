import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIdentity } from '../../common/config/index.js';
import { HeadframeError } from '../../common/model/error.js';
import type { ChildProgram } from '../quickstart/child-program.js';
import { FleetClient } from '../quickstart/fleet-client.js';
import { pollUntil } from '../quickstart/poll.js';
import { startProgram, writeConfig } from '../quickstart/small-fleet.js';
import type { ProgramSurroundings } from '../quickstart/small-fleet.js';
import type { NatsAddresses } from './nats-servers.js';

/** A coordinator among others. */
export interface Member {
  readonly name: string;
  readonly address: string;
  readonly dataDir: string;
  readonly program: ChildProgram;
}

/** The coordinator that leads, and how to talk to it. */
export interface Leader {
  readonly member: Member;
  readonly fleet: FleetClient;
}

const LEAD_TIMEOUT_MS = 60_000;
const LOOK_EVERY_MS = 50;
const KEY_BYTES = 32;

/** Starts one coordinator at each of the addresses; they share the store in NATS, and the key that seals it. */
export async function startCoordinators(
  addresses: readonly string[],
  { servers, monitorUrls }: NatsAddresses,
  surroundings: ProgramSurroundings,
): Promise<Member[]> {
  const keyFile = join(surroundings.folder, 'key');
  await writeFile(keyFile, randomBytes(KEY_BYTES), { mode: 0o600 });
  const store = { kind: 'jetstream', jetstream: { servers, monitorUrls, cluster: 'demo', replicas: 3 } };
  const members: Member[] = [];
  for (const [index, address] of addresses.entries()) {
    const name = `coordinator-${index + 1}`;
    const dataDir = join(surroundings.folder, name);
    const config = await writeConfig(surroundings, name, { listen: address, dataDir, security: { keyFile }, store });
    members.push({ name, address, dataDir, program: startProgram(surroundings, 'coordinator', name, config) });
  }
  return members;
}

/**
 * Waits until one of them leads, as it shows by an answer that only a leader gives. `identityIn` names the folder of the identity
 * to ask by, of which there is none before one has led. Throws `HeadframeError` (deadline_exceeded) when none does.
 */
export async function awaitLeader(
  members: readonly Member[],
  identityIn: (member: Member) => string,
  signal: AbortSignal,
): Promise<Leader> {
  const look = async (): Promise<Leader | undefined> => {
    const looks = await Promise.all(members.map((member) => leaderIn(member, identityIn(member))));
    return looks.find((leader) => leader !== undefined);
  };
  const polling = { everyMs: LOOK_EVERY_MS, timeoutMs: LEAD_TIMEOUT_MS, signal };
  const leader = await pollUntil(look, polling);
  if (leader !== undefined) return leader;
  throw new HeadframeError({
    code: 'deadline_exceeded',
    reason: 'no_leader',
    message: `none of ${members.map(({ name }) => name).join(', ')} leads after ${LEAD_TIMEOUT_MS / 1000} s`,
    remedy: 'The machine may be overloaded; try again.',
  });
}

/** Undefined for one that follows, or does not answer. */
async function leaderIn(member: Member, identity: string): Promise<Leader | undefined> {
  const certificates = await readIdentity(identity).catch(() => undefined);
  if (certificates === undefined) return undefined;
  const fleet = new FleetClient(member.address, certificates);
  try {
    await fleet.status();
    return { member, fleet };
  } catch {
    fleet.close();
    return undefined;
  }
}
