import { existsSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Deeds } from './deeds.js';
import { pruneReleases } from './release.js';
import { placesOf } from './service-spec.js';
import type { ServiceOptions, ServicePlaces, ServiceSpec } from './service-spec.js';
import { requireSystemd, run } from './systemctl.js';
import { BACKOFF_FILE, removeEmptyFolders } from './unit-files.js';

/** Takes a service away; its data and configuration only when that is asked for. Containers go on. */
export async function uninstallService(
  name: ServiceSpec['name'],
  options: ServiceOptions,
  purge: boolean,
): Promise<void> {
  const places = placesOf(name, options.root);
  requireSystemd(options);
  const deeds = new Deeds(options);
  if (existsSync(places.unitFile)) {
    const flags = options.root === '/' ? ['disable', '--now'] : [`--root=${options.root}`, 'disable'];
    await deeds.do(`stop and disable ${places.unit}`, () => run('systemctl', [...flags, places.unit]));
    await deeds.do(`remove ${places.unitFile}`, () => rm(places.unitFile));
    await deeds.do(`remove ${BACKOFF_FILE}`, () => rm(join(places.dropIns, BACKOFF_FILE), { force: true }));
    if (options.root === '/') await deeds.do('reload systemd', () => run('systemctl', ['daemon-reload']));
  } else options.say(`${places.unit} is not installed`);
  await deeds.do('remove its releases', async () => {
    await rm(places.current, { force: true });
    await pruneReleases(places.releases, []);
    await relink(places, options.root);
  });
  const kept = [...places.data, ...places.credentials, places.configFile, places.dropIns].filter((path) =>
    existsSync(path),
  );
  if (purge)
    for (const path of kept) await deeds.do(`remove ${path}`, () => rm(path, { recursive: true, force: true }));
  else if (kept.length > 0) options.say(`kept: ${kept.join(', ')} (--purge removes them)`);
  if (!options.dryRun) await removeEmptyFolders(places);
}

/** Where the command leads nowhere now, it leads to the other program, or goes. */
async function relink({ command }: ServicePlaces, root: string): Promise<void> {
  if (existsSync(command)) return;
  await rm(command, { force: true });
  const other = (['agent', 'coordinator'] as const).find((name) => existsSync(placesOf(name, root).current));
  if (other !== undefined) await symlink(`/opt/headframe/${other}/bin/headframe`, command);
}
