import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Docker from 'dockerode';
import { dockerSocket, testImage } from '../docker.js';
import { PROGRAM } from '../program.js';
import { makeTempDir } from '../temp-dir.js';

/** A local image of space miners, made of this machine's Node.js and the compiled program by `buildSpaceImage`. */
export const spaceImage = 'headframe-test/space:1';

const ROOT = join(import.meta.dirname, '../../..');
const HOME = 'usr/lib/headframe';
const START = `#!/bin/sh\nexec ${process.execPath} /${HOME}/dist/coordinator/cli/main.js "$@"\n`;

/** Builds the image by the Dockerfile that operators use, from no registry: on busybox, with the libraries that Node.js is linked to. */
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
  cpSync(join(ROOT, 'deploy/space/Dockerfile'), join(temp.path, 'Dockerfile'));
  await build(temp.path);
}

async function build(folder: string): Promise<void> {
  const docker = new Docker({ socketPath: dockerSocket });
  const tar = spawn('tar', ['-c', '-C', folder, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stream = await docker.buildImage(tar.stdout, { t: spaceImage, forcerm: true, buildargs: { BASE: testImage } });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error, messages: readonly { readonly error?: string }[]) => {
      const failed = error?.message ?? messages.find((message) => message.error !== undefined)?.error;
      if (failed === undefined) resolve();
      else reject(new Error(`${spaceImage} was not built: ${failed}`));
    });
  });
}

/** What the dynamic linker finds for it. */
function librariesOf(file: string): string[] {
  const found = execFileSync('ldd', [file], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return [...found.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path]) => path ?? '');
}
