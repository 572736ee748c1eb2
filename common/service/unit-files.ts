import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { Deeds } from './deeds.js';
import { unitTemplate } from './release.js';
import type { Release } from './release.js';
import { serviceError } from './service-error.js';
import { dataDirOf } from './service-spec.js';
import type { ServicePlaces, ServiceSpec } from './service-spec.js';
import { systemdVersion } from './systemctl.js';

/** From this release of systemd on, waits between restarts can grow. */
const GROWING_RESTARTS = 254;
/** Drop-in of a unit, written where systemd knows what is in it. */
export const BACKOFF_FILE = '10-headframe-backoff.conf';

/** Everything that is wrong with the settings is told before anything is done. */
export function checkConfig(spec: ServiceSpec, { configFile }: ServicePlaces): void {
  const file = existsSync(configFile) ? configFile : undefined;
  const config = spec.load(file, spec.flags);
  if (file !== undefined && !isDeepStrictEqual(config, spec.load(file, {})))
    throw serviceError('other_config', `${configFile} is there and says otherwise`);
  if (config.dataDir !== dataDirOf(spec.name)) throw serviceError('data_dir_outside', `dataDir is ${config.dataDir}`);
}

/** Lets people call `headframe`, where nothing else is called so. */
export async function linkCommand({ command }: ServicePlaces, { name }: ServiceSpec, deeds: Deeds): Promise<void> {
  if (existsSync(command)) return;
  const link = async (): Promise<void> => {
    await rm(command, { force: true }); // a link that leads nowhere
    await mkdir(dirname(command), { recursive: true });
    await symlink(`/opt/headframe/${name}/bin/headframe`, command);
  };
  await deeds.do(`let ${command} lead to it, too`, link, () => rm(command, { force: true }));
}

/** Writes the settings that were given; a file that is there is left as it is. */
export async function writeConfig(
  { settings }: ServiceSpec,
  { configFile }: ServicePlaces,
  deeds: Deeds,
): Promise<void> {
  if (existsSync(configFile)) return;
  await writeText(configFile, Object.keys(settings).length === 0 ? '{}\n' : stringify(settings), deeds);
}

/** Leaves no empty folder behind. */
export async function removeEmptyFolders({ folders }: ServicePlaces): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined); // not there, or not empty
}

/** Writes the unit of a release and its drop-in; resolves with whether anything of it was not so before. */
export async function writeUnit(
  places: ServicePlaces,
  release: Pick<Release, 'folder'>,
  deeds: Deeds,
): Promise<boolean> {
  const wanted = new Map([[places.unitFile, await unitTemplate(release, places.unit)]]);
  if ((await systemdVersion()) >= GROWING_RESTARTS)
    wanted.set(join(places.dropIns, BACKOFF_FILE), await unitTemplate(release, 'backoff.conf'));
  let changed = false;
  for (const [path, text] of wanted) {
    const before = await readFile(path, 'utf8').catch(() => undefined);
    if (before === text) continue;
    changed = true;
    await writeText(path, text, deeds, before);
  }
  return changed;
}

/** Writes a file that everybody may read; taken back to what it was before. */
async function writeText(path: string, text: string, deeds: Deeds, before?: string): Promise<void> {
  const undo = (): Promise<void> => (before === undefined ? rm(path, { force: true }) : writeFile(path, before));
  const write = async (): Promise<void> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, text, { mode: 0o644 });
  };
  await deeds.do(`write ${path}`, write, undo);
}
