import type { Clock } from '../model/clock.js';
import { Deeds } from './deeds.js';
import { installService } from './install.js';
import { currentRelease, ownRelease, placeRelease, pointTo, pruneReleases, releaseAt } from './release.js';
import { serviceError } from './service-error.js';
import { placesOf } from './service-spec.js';
import type { ServiceOptions, ServicePlaces, ServiceSpec } from './service-spec.js';
import { requireSystemd, run, waitActive } from './systemctl.js';
import { checkConfig, writeUnit } from './unit-files.js';

/**
 * Runs another release of an installed service, with the version before back in its place where it is not active in time;
 * with the same release it does as `installService`.
 * Containers go on meanwhile. Throws HeadframeError: as `installService`, not_installed, upgrade_rolled_back.
 */
export async function upgradeService(spec: ServiceSpec, options: ServiceOptions, clock: Clock): Promise<void> {
  const places = placesOf(spec.name, options.root);
  requireSystemd(options);
  const release = await ownRelease();
  const before = await currentRelease(places.current);
  if (before === undefined) throw serviceError('not_installed', `${places.unit} is not installed`);
  if (before === release.id) {
    await installService(spec, options, clock);
    return;
  }
  checkConfig(spec, places);
  const deeds = new Deeds(options);
  await spec.prepare?.(deeds);
  await deeds.do(`copy ${release.id} to ${places.releases}`, () => placeRelease(release, places.releases));
  const parts = { places, options, deeds, clock };
  try {
    await deeds.do(`let ${places.current} lead to it, no more to ${before}`, () =>
      pointTo(places.current, places.releases, release.id),
    );
    await writeUnit(places, release, deeds);
    await restart(parts);
  } catch (error) {
    await rollBack(parts, before, error);
  }
  await deeds.do('remove releases older than the one before', () => pruneReleases(places.releases, [before]));
}

interface Restarting {
  readonly places: ServicePlaces;
  readonly options: ServiceOptions;
  readonly deeds: Deeds;
  readonly clock: Clock;
}

async function restart({ places: { unit }, options, deeds, clock }: Restarting): Promise<void> {
  if (options.root !== '/') return;
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
  await writeUnit(places, releaseAt(places.releases, before), deeds);
  await restart(parts);
  await pruneReleases(places.releases, []);
  throw serviceError('upgrade_rolled_back', 'the new version was not active in time', cause);
}
