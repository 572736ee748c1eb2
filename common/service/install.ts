import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../model/clock.js';
import { Deeds } from './deeds.js';
import { currentRelease, ownRelease, placeRelease, pointTo, requireNodeInReach } from './release.js';
import { serviceError } from './service-error.js';
import { placesOf } from './service-spec.js';
import type { ServiceOptions, ServicePlaces, ServiceSpec } from './service-spec.js';
import { requireSystemd, run, showOf, waitActive } from './systemctl.js';
import { checkConfig, linkCommand, removeEmptyFolders, writeConfig, writeUnit } from './unit-files.js';

/**
 * Makes a program a service of this machine, enabled and active; changes nothing where that is so. What fails takes back
 * all of it but data. Throws HeadframeError: not_root, no_systemd, not_a_package, node_out_of_reach, other_version,
 * other_config, config_invalid, not_active, and what `spec.prepare` throws.
 */
export async function installService(spec: ServiceSpec, options: ServiceOptions, clock: Clock): Promise<void> {
  const places = placesOf(spec.name, options.root);
  requireSystemd(options);
  requireNodeInReach();
  const release = await ownRelease();
  const present = await currentRelease(places.current);
  if (present !== undefined && present !== release.id)
    throw serviceError('other_version', `${present} is installed, not ${release.id}`);
  checkConfig(spec, places);
  const deeds = new Deeds(options);
  try {
    await spec.prepare?.(deeds);
    if (present === undefined) {
      const { releases, current } = places;
      const wasPlaced = existsSync(join(releases, release.id));
      await deeds.do(
        `copy ${release.id} to ${releases}`,
        () => placeRelease(release, releases),
        () => (wasPlaced ? undefined : rm(join(releases, release.id), { recursive: true, force: true })),
      );
      await deeds.do(
        `let ${current} lead to it`,
        () => pointTo(current, releases, release.id),
        () => rm(current, { force: true }),
      );
    }
    await linkCommand(places, spec, deeds);
    await writeConfig(spec, places, deeds);
    const changed = await writeUnit(places, release, deeds);
    await begin(places, options, { deeds, clock, changed });
  } catch (error) {
    await deeds.undoAll();
    if (!options.dryRun) await removeEmptyFolders(places);
    if (options.root === '/' && !options.dryRun) await run('systemctl', ['daemon-reload']).catch(() => undefined);
    throw error;
  }
}

interface Beginning {
  readonly deeds: Deeds;
  readonly clock: Clock;
  /** Whether systemd has to read the unit anew. */
  readonly changed: boolean;
}

async function begin({ unit, data }: ServicePlaces, options: ServiceOptions, parts: Beginning): Promise<void> {
  const { deeds, clock, changed } = parts;
  const { root, waitMs, say, dryRun } = options;
  if (root !== '/') {
    const asImage = [`--root=${root}`];
    await deeds.do(
      `enable ${unit}`,
      () => run('systemctl', [...asImage, 'enable', unit]),
      () => run('systemctl', [...asImage, 'disable', unit]),
    );
    return;
  }
  const reload = (): Promise<string> => run('systemctl', ['daemon-reload']);
  if (changed) await deeds.do('reload systemd', reload);
  const isActive = (await showOf(unit, 'ActiveState').catch(() => '')) === 'active';
  if (isActive && !changed) {
    say(`${unit} is installed and active already`);
    return;
  }
  const fresh = data.filter((path) => !existsSync(path));
  await deeds.do(
    `enable and start ${unit}`,
    () => run('systemctl', ['enable', '--now', '--no-block', unit]),
    isActive ? undefined : () => takeAway(unit, fresh),
  );
  await deeds.do('wait until it is active', () => waitActive(unit, waitMs, clock));
  if (!dryRun && waitMs > 0) say(`${unit} is ready: ${await showOf(unit, 'StatusText')}`);
}

/** Ends a service and removes what it wrote, unless it was ready for a moment and may hold something of worth. */
async function takeAway(unit: string, fresh: readonly string[]): Promise<void> {
  const readyAt = await showOf(unit, 'ActiveEnterTimestampMonotonic');
  await run('systemctl', ['disable', '--now', unit]);
  await run('systemctl', ['reset-failed', unit]).catch(() => undefined); // it has not failed
  if (Number(readyAt) > 0) return;
  for (const path of fresh) await rm(path, { recursive: true, force: true });
}
