import { readFile, readdir } from 'node:fs/promises';
import { HeadframeError } from '../../common/model/error.js';
import type { Engine } from './engine.js';
import type { FleetClient } from './fleet-client.js';
import { pollUntil } from './poll.js';
import { say } from './say.js';
import { HOST_ID_PREFIX } from './small-fleet.js';

/** Label by which agents know their containers: agent/runtime/docker/labels.ts. */
const HOST_LABEL = 'headframe.host';
/** Variable that agents give every instance: agent/runtime/instance-env.ts. */
const HOST_VARIABLE = 'HEADFRAME_HOST';

const DELETE_TIMEOUT_MS = 60_000;
const SWEEPS = 5;

/** Runs what this quickstart started, as it is found on the machine. */
export interface Found {
  /** Those of the hosts with these ids. */
  list(hostIds: readonly string[]): Promise<readonly string[]>;
  remove(id: string): Promise<void>;
  readonly noun: string;
}

/** Deletes the miners and waits until nothing of them is left, or until it is told to hurry. */
export async function deleteMiners(fleet: FleetClient, isEmpty: () => Promise<boolean>, force: AbortSignal) {
  say('deleting the miners');
  await fleet.deleteMiners();
  const gone = async (): Promise<true | undefined> =>
    (await fleet.miners()).length === 0 && (await isEmpty()) ? true : undefined;
  await pollUntil(gone, { everyMs: 200, timeoutMs: DELETE_TIMEOUT_MS, signal: force }).catch(() => undefined);
}

/** Removes what agents left behind: the last resort, by the ids of hosts that are ours alone. */
export async function removeLeftovers(found: Found, hostIds: readonly string[]): Promise<void> {
  // Once more as long as there are some: a process may have started another one meanwhile.
  for (let round = 0; round < SWEEPS; round += 1) {
    const left = await found.list(hostIds);
    if (left.length === 0) return;
    say(`removing ${left.length} ${found.noun} that the agents left behind`);
    await Promise.all(left.map((id) => found.remove(id)));
  }
}

/** Containers on the engine. */
export function containersOn(engine: Engine): Found {
  return {
    noun: 'containers',
    list: async (hostIds) => {
      const lists = await Promise.all(hostIds.map((id) => engine.containers(`${HOST_LABEL}=${id}`)));
      return lists.flat().map(({ id }) => id);
    },
    remove: (id) => engine.removeContainer(id),
  };
}

/** Processes of this user, known by the environment that agents give them. */
export function processesHere(): Found {
  return {
    noun: 'processes',
    list: async (hostIds) => {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const checked = await Promise.all(pids.map(async (pid) => ((await isOf(pid, hostIds)) ? [pid] : [])));
      return checked.flat();
    },
    remove: async (pid) => {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
    },
  };
}

/** Throws `HeadframeError` (failed_precondition) when a quickstart runs here, or one was killed and left containers. */
export async function refuseSecondQuickstart(engine: Engine): Promise<void> {
  const all = await engine.containers(HOST_LABEL);
  const left = all.filter(({ labels }) => labels[HOST_LABEL]?.startsWith(HOST_ID_PREFIX));
  if (left.length === 0) return;
  const ids = left.map(({ id }) => id.slice(0, 12)).join(' ');
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'quickstart_runs',
    message: 'this Docker Engine holds containers of another quickstart',
    remedy: `End that one with Ctrl-C. If it was killed: docker rm -f ${ids}`,
  });
}

async function isOf(pid: string, hostIds: readonly string[]): Promise<boolean> {
  // Gone, a kernel thread or another user's: not one of ours.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const variables = environment.split('\0');
  return hostIds.some((id) => variables.includes(`${HOST_VARIABLE}=${id}`));
}
