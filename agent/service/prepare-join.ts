import { existsSync } from 'node:fs';
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AgentConfig } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import type { Deeds } from '../../common/service/deeds.js';
import { run, showOf } from '../../common/service/systemctl.js';
import { JOIN_CREDENTIAL, joinLocked, whereToJoin } from '../commands/join.js';
import type { JoinRequest } from '../commands/join.js';
import { hasIdentity, joinedAt } from '../identity/index.js';

/** A joining that is a part of an installation. */
export interface PreparedJoin {
  readonly config: AgentConfig;
  readonly request: JoinRequest;
  /** The service that keeps the data folder to itself while it runs. */
  readonly unit: string;
  /** `/`, or the root of an image, whose machines join at their first start. */
  readonly root: string;
  readonly say: (line: string) => void;
}

/** Joins before an agent is installed, so that a line that is no good leaves nothing behind; a host that has joined stays as it is. */
export async function prepareJoin({ config, request, unit, root, say }: PreparedJoin, deeds: Deeds): Promise<void> {
  const coordinator = await whereToJoin(config, request);
  if (root !== '/') {
    await leaveLine(join(root, 'etc/credstore', JOIN_CREDENTIAL), { ...request, coordinator }, deeds);
    return;
  }
  const { dataDir } = config;
  if (!request.again && (await joinedAt(dataDir, systemClock.nowMs())) === coordinator) {
    say(`this host has joined ${coordinator} already`);
    return;
  }
  if (/^(?:activ|reload)/.test(await showOf(unit, 'ActiveState').catch(() => '')))
    await deeds.do(
      `stop ${unit}, for it keeps its data to itself`,
      () => run('systemctl', ['stop', unit]),
      () => run('systemctl', ['start', '--no-block', unit]),
    );
  const wasThere = existsSync(dataDir);
  const hadIdentity = await holdsIdentity(dataDir);
  const undo = async (): Promise<void> => {
    if (!hadIdentity && (await holdsIdentity(dataDir)))
      say(`kept: ${dataDir}, for the host has joined; the next try needs no other token`);
    else if (!wasThere) await removeFolder(dataDir);
  };
  await deeds.do(`join ${coordinator}`, () => joinLocked(config, request), undo);
}

/** One that is damaged is one, too: it is not for us to remove. */
function holdsIdentity(dataDir: string): Promise<boolean> {
  return hasIdentity(dataDir).catch(() => true);
}

/** Its parent, too, where nothing else is in it. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rmdir(dirname(folder)).catch(() => undefined);
}

async function leaveLine(
  path: string,
  { coordinator = '', token, authority }: JoinRequest,
  deeds: Deeds,
): Promise<void> {
  const line = `--coordinator ${coordinator} --token ${token} --authority ${authority}\n`;
  const write = async (): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // A new file: one that was there might be open to others until its mode is changed.
    await rm(path, { force: true });
    await writeFile(path, line, { mode: 0o600, flag: 'wx' });
  };
  await deeds.do(`write ${path}, by which its machines join`, write, () => rm(path, { force: true }));
}
