import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { dockerSocket, testImage } from '../docker.js';
import { PROGRAM } from '../program.js';
import { makeTempDir } from '../temp-dir.js';

/** A local image of space miners, made of this machine's Node.js and the compiled program by `buildSpaceImage`. */
export const spaceImage = 'headframe-test/space:1';

const CONTROL = `Package: headframe
Version: 0.0.1
Architecture: all
Maintainer: tests
Description: Headframe with Node.js, for tests
`;
const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const HOME = 'usr/lib/headframe';
const START = `#!/bin/sh\nexec ${process.execPath} /${HOME}/dist/coordinator/cli/main.js "$@"\n`;

/** Builds the image as operators do, by the script and of a Debian package, from no registry: on busybox, with the libraries that Node.js is linked to. */
export async function buildSpaceImage(): Promise<void> {
  await using temp = await makeTempDir();
  const root = join(temp.path, 'root');
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(from, join(root, to), { recursive: true, dereference: true });
  };
  for (const file of [process.execPath, ...librariesOf(process.execPath)]) put(file, file);
  const dist = join(dirname(PROGRAM), '../..');
  for (const file of ['coordinator/cli/main.js', 'agent/kinds/space/main.js'])
    put(join(dist, file), `${HOME}/dist/${file}`);
  for (const name of readdirSync(join(dist, 'common/bundled')).filter((one) => one.endsWith('.js')))
    put(join(dist, 'common/bundled', name), `${HOME}/dist/common/bundled/${name}`);
  put(join(ROOT, 'package.json'), `${HOME}/package.json`);
  put(join(ROOT, 'node_modules/@chainsafe'), `${HOME}/node_modules/@chainsafe`);
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/bin/headframe'), START, { mode: 0o755 });
  mkdirSync(join(root, 'DEBIAN'));
  writeFileSync(join(root, 'DEBIAN/control'), CONTROL);
  const deb = join(temp.path, 'headframe.deb');
  await run('dpkg-deb', ['-Znone', '--root-owner-group', '--build', root, deb]);
  const env = { ...process.env, BASE: testImage, DOCKER_HOST: `unix://${dockerSocket}` };
  await run(join(ROOT, 'deploy/space/image.sh'), [deb, spaceImage], { env });
}

/** What the dynamic linker finds for it. */
function librariesOf(file: string): string[] {
  const found = execFileSync('ldd', [file], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return [...found.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path]) => path ?? '');
}
