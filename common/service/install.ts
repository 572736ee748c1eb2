import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { Clock } from '../model/clock.js';
import { Deeds } from './deeds.js';
import { currentRelease, ownRelease, placeRelease, pointTo, pruneReleases, unitTemplate } from './release.js';
import type { Release } from './release.js';
import { serviceError } from './service-error.js';
import { dataDirOf, placesOf } from './service-spec.js';
import type { ServiceOptions, ServicePlaces, ServiceSpec } from './service-spec.js';
import { requireSystemd, run, stateOf, systemdVersion, waitActive } from './systemctl.js';

/** From this release of systemd on, waits between restarts can grow. */
const GROWING_RESTARTS = 254;
const BACKOFF_FILE = '10-headframe-backoff.conf';

/**
 * Makes a program a service of this machine, enabled and active; changes nothing where that is so. Throws HeadframeError:
 * not_root, no_systemd, not_a_package, other_version, other_config, config_invalid, not_active.
 */
export async function installService(spec: ServiceSpec, options: ServiceOptions, clock: Clock): Promise<void> {
  const places = placesOf(spec.name, options.root);
  checkGround(options);
  const release = await ownRelease();
  const present = await currentRelease(places.current);
  if (present !== undefined && present !== release.id)
    throw serviceError('other_version', `${present} is installed, not ${release.id}`);
  checkConfig(spec, places);
  const deeds = new Deeds(options);
  if (present === undefined) {
    await deeds.do(`copy ${release.id} to ${places.releases}`, () => placeRelease(release, places.releases));
    await deeds.do(`let ${places.current} lead to it`, () => pointTo(places.current, places.releases, release.id));
  }
  await linkCommand(places, spec, deeds);
  await writeConfig(spec, places, deeds);
  const changed = await writeUnit(places, release, deeds);
  await begin(places, options, { deeds, clock, changed });
}

/**
 * Runs another release of an installed service, with the version before back in its place where it is not active in time.
 * Containers go on meanwhile. Throws HeadframeError: as `installService`, not_installed, upgrade_rolled_back.
 */
export async function upgradeService(spec: ServiceSpec, options: ServiceOptions, clock: Clock): Promise<void> {
  const places = placesOf(spec.name, options.root);
  checkGround(options);
  const release = await ownRelease();
  const before = await currentRelease(places.current);
  if (before === undefined) throw serviceError('not_installed', `${places.unit} is not installed`);
  if (before === release.id) {
    options.say(`${release.id} is what runs already`);
    return;
  }
  checkConfig(spec, places);
  const deeds = new Deeds(options);
  await deeds.do(`copy ${release.id} to ${places.releases}`, () => placeRelease(release, places.releases));
  await deeds.do(`let ${places.current} lead to it, no more to ${before}`, () =>
    pointTo(places.current, places.releases, release.id),
  );
  await writeUnit(places, release, deeds);
  if (options.root !== '/') return;
  const parts = { places, options, deeds, clock };
  try {
    await restart(parts);
  } catch (error) {
    await rollBack(parts, before, error);
  }
  await deeds.do('remove releases older than the one before', () => pruneReleases(places.releases, [before]));
}

/** Takes a service away; its data and configuration only when that is asked for. Containers go on. */
export async function uninstallService(
  name: ServiceSpec['name'],
  options: ServiceOptions,
  purge: boolean,
): Promise<void> {
  const places = placesOf(name, options.root);
  checkGround(options);
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
    // A link that leads nowhere now.
    if (!existsSync(places.command)) await rm(places.command, { force: true });
  });
  const kept = [...places.data, places.configFile, places.dropIns].filter((path) => existsSync(path));
  if (!purge) {
    if (kept.length > 0) options.say(`kept: ${kept.join(', ')} (--purge removes them)`);
    return;
  }
  for (const path of kept) await deeds.do(`remove ${path}`, () => rm(path, { recursive: true, force: true }));
}

function checkGround({ root, dryRun }: ServiceOptions): void {
  if (root === '/' && !dryRun) requireSystemd();
}

/** Everything that is wrong with the settings is told before anything is done. */
function checkConfig(spec: ServiceSpec, { configFile }: ServicePlaces): void {
  const file = existsSync(configFile) ? configFile : undefined;
  const config = spec.load(file, spec.flags);
  if (file !== undefined && !isDeepStrictEqual(config, spec.load(file, {})))
    throw serviceError('other_config', `${configFile} is there and says otherwise`);
  if (config.dataDir !== dataDirOf(spec.name)) throw serviceError('data_dir_outside', `dataDir is ${config.dataDir}`);
}

async function linkCommand({ command }: ServicePlaces, { name }: ServiceSpec, deeds: Deeds): Promise<void> {
  if (existsSync(command)) return;
  await deeds.do(`let ${command} lead to it, too`, async () => {
    await rm(command, { force: true }); // a link that leads nowhere
    await mkdir(dirname(command), { recursive: true });
    await symlink(`/opt/headframe/${name}/bin/headframe`, command);
  });
}

async function writeConfig({ settings }: ServiceSpec, { configFile }: ServicePlaces, deeds: Deeds): Promise<void> {
  if (existsSync(configFile)) return;
  const text = Object.keys(settings).length === 0 ? '{}\n' : stringify(settings);
  await deeds.do(`write ${configFile}`, () => writeText(configFile, text));
}

/** Whether anything of it was not so before. */
async function writeUnit(places: ServicePlaces, release: Release, deeds: Deeds): Promise<boolean> {
  const wanted = new Map([[places.unitFile, await unitTemplate(release, places.unit)]]);
  if ((await systemdVersion()) >= GROWING_RESTARTS)
    wanted.set(join(places.dropIns, BACKOFF_FILE), await unitTemplate(release, 'backoff.conf'));
  let changed = false;
  for (const [path, text] of wanted) {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue;
    changed = true;
    await deeds.do(`write ${path}`, () => writeText(path, text));
  }
  return changed;
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, text, { mode: 0o644 });
}

interface Beginning {
  readonly deeds: Deeds;
  readonly clock: Clock;
  /** Whether systemd has to read the unit anew. */
  readonly changed: boolean;
}

async function begin(places: ServicePlaces, options: ServiceOptions, parts: Beginning): Promise<void> {
  const { deeds, clock, changed } = parts;
  if (options.root !== '/') {
    await deeds.do(`enable ${places.unit}`, () => run('systemctl', [`--root=${options.root}`, 'enable', places.unit]));
    return;
  }
  if (changed) await deeds.do('reload systemd', () => run('systemctl', ['daemon-reload']));
  const state = await stateOf(places.unit).catch(() => '');
  if (state === 'active' && !changed) {
    options.say(`${places.unit} is installed and active already`);
    return;
  }
  await deeds.do(`enable and start ${places.unit}`, () =>
    run('systemctl', ['enable', '--now', '--no-block', places.unit]),
  );
  await deeds.do('wait until it is active', () => waitActive(places.unit, options.waitMs, clock));
}

interface Restarting {
  readonly places: ServicePlaces;
  readonly options: ServiceOptions;
  readonly deeds: Deeds;
  readonly clock: Clock;
}

async function restart({ places: { unit }, options, deeds, clock }: Restarting): Promise<void> {
  await deeds.do(`restart ${unit}`, async () => {
    await run('systemctl', ['daemon-reload']);
    // Stopped first, or the one before would still be seen as active.
    await run('systemctl', ['stop', unit]);
    await run('systemctl', ['start', '--no-block', unit]);
  });
  await deeds.do('wait until it is active', () => waitActive(unit, options.waitMs, clock));
}

async function rollBack(parts: Restarting, before: string, cause: unknown): Promise<never> {
  const { places, options, deeds } = parts;
  options.say(cause instanceof Error ? cause.message : String(cause));
  await deeds.do(`let ${places.current} lead to ${before} again`, () =>
    pointTo(places.current, places.releases, before),
  );
  await writeUnit(places, await releaseAt(places, before), deeds);
  await restart(parts);
  await pruneReleases(places.releases, []);
  throw serviceError('upgrade_rolled_back', 'the new version was not active in time', cause);
}

async function releaseAt({ releases }: ServicePlaces, id: string): Promise<Release> {
  const folder = join(releases, id);
  return await Promise.resolve({ id, version: id, folder, dist: join(folder, 'dist') });
}
