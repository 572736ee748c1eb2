// `npm run package [-- --dist FOLDER] [--out FILE] [--compress none]`: the release as a Debian package, by Debian's own tool.
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuild } from './build.mjs';
import { leaveOut } from './package-files.mjs';
import { ROOT } from './paths.mjs';
import { BootstrapError, say } from './say.mjs';
import { ask, runStep } from './steps.mjs';

const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];
const { values } = parseArgs({
  options: { dist: { type: 'string' }, out: { type: 'string' }, compress: { type: 'string', default: 'xz' } },
});
if (values.dist === undefined) await ensureBuild();
// What is compiled in it runs on machines of this kind alone.
const architecture = (await ask('dpkg', ['--print-architecture']))?.trim();
if (architecture === undefined)
  throw new BootstrapError('dpkg is missing. This needs a machine with Debian or Ubuntu.');
const dist = resolve(values.dist ?? join(ROOT, 'dist'));
const { ownRelease, placeRelease } = await import(pathToFileURL(join(dist, 'common/service/release.js')).href);
const release = await ownRelease();
const out = resolve(values.out ?? join(ROOT, `headframe_${release.version}_${architecture}.deb`));
process.umask(0o022);
const stage = await mkdtemp(join(tmpdir(), 'headframe-deb-'));
try {
  await chmod(stage, 0o755);
  const library = join(stage, 'usr/lib/headframe');
  await placeRelease(release, library);
  const folder = join(library, release.id);
  const start = '#!/bin/sh\nexec node "$(dirname "$(readlink -f "$0")")/../dist/coordinator/cli/main.js" "$@"\n';
  await writeFile(join(folder, 'bin/headframe'), start);
  await mkdir(join(stage, 'usr/bin'));
  await symlink(`../lib/headframe/${release.id}/bin/headframe`, join(stage, 'usr/bin/headframe'));
  await mkdir(join(stage, 'usr/share/doc/headframe'), { recursive: true });
  await cp(join(ROOT, 'LICENSE'), join(stage, 'usr/share/doc/headframe/copyright'));
  await leaveOut(folder);
  await runStep('chmod', ['-R', 'u+rwX,go+rX,go-w', stage]);
  await mkdir(join(stage, 'DEBIAN'));
  await writeFile(join(stage, 'DEBIAN/control'), control(release.version, architecture));
  for (const name of SCRIPTS) {
    await cp(join(ROOT, 'deploy/debian', name), join(stage, 'DEBIAN', name));
    await chmod(join(stage, 'DEBIAN', name), 0o755);
  }
  await runStep('dpkg-deb', ['--root-owner-group', `-Z${values.compress}`, '--build', stage, out]);
  say(`${out} is the package: sudo apt-get install ${out}`);
} finally {
  await rm(stage, { recursive: true, force: true });
}

/** @param {string} version @param {string} architecture as Debian names it */
function control(version, architecture) {
  // No package of Debian 12 has Node 20, so that many have it from elsewhere: preinst looks for it instead.
  return `Package: headframe
Version: ${version}
Architecture: ${architecture}
Maintainer: Headframe <headframe@localhost>
Section: admin
Priority: optional
Pre-Depends: systemd
Recommends: nodejs (>= 20.19), docker.io | docker-ce, git (>= 1:2.26)
Description: runs fleets of miners on many machines
 A light agent per host, a coordinator that schedules by priority and
 capacity, and the command line that steers them. Neither runs before
 "headframe agent install" or "headframe coordinator install" makes it
 a service; from then on this package upgrades it.
`;
}
