import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { dockerSocket, testImage } from './docker.js';
import { makeTempDir } from './temp-dir.js';

/** A local image with Python and pip, made of this machine's own by `buildPythonImage`. */
export const pythonImage = 'headframe-test/python:1';

const PYTHON = process.env.HEADFRAME_TEST_PYTHON ?? '/usr/bin/python3';
const WHEELS = '/usr/share/python-wheels';
/** Of the standard library what no module needs, and the mark that keeps pip from installing into a system's Python. */
const NOT_NEEDED = ['test', 'idlelib', 'lib2to3', 'ensurepip', 'config-*', 'EXTERNALLY-MANAGED', 'pydoc_data'];

/** Builds the image from no registry: the machine's Python with the libraries that it is linked to, on busybox. */
export async function buildPythonImage(): Promise<void> {
  const docker = new Docker({ socketPath: dockerSocket });
  const known = await docker
    .getImage(pythonImage)
    .inspect()
    .catch(() => undefined);
  if (known !== undefined) return;
  const [program = '', library = '', modules = ''] = ask(
    'import os, sys, sysconfig; paths = sysconfig.get_paths()',
    'print(os.path.realpath(sys.executable), paths["stdlib"], sysconfig.get_config_var("DESTSHARED"), sep="\\n")',
  );
  const wheel = readdirSync(WHEELS).find((name) => name.startsWith('pip-')) ?? '';
  await using temp = await makeTempDir();
  writeFileSync(join(temp.path, 'Dockerfile'), dockerfileOf(program, wheel));
  const shared = readdirSync(modules).map((name) => join(modules, name));
  const files = [program, library, join(WHEELS, wheel), ...librariesOf([program, ...shared])];
  const skip = NOT_NEEDED.map((name) => `--exclude=${library}/${name}`);
  const rooted = ['--transform', 's,^/,root/,', '-P', ...skip, ...files];
  const tar = spawn('tar', ['-c', '-h', '-C', temp.path, 'Dockerfile', ...rooted], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stream = await docker.buildImage(tar.stdout, { t: pythonImage, forcerm: true });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error, messages: readonly { readonly error?: string }[]) => {
      const failed = error?.message ?? messages.find((message) => message.error !== undefined)?.error;
      if (failed === undefined) resolve();
      else reject(new Error(`${pythonImage} was not built: ${failed}`));
    });
  });
}

function ask(...lines: readonly string[]): string[] {
  return execFileSync(PYTHON, ['-c', lines.join('\n')])
    .toString()
    .trim()
    .split('\n');
}

function dockerfileOf(program: string, wheel: string): string {
  const packages = ask(
    'import sys',
    'print(f"/usr/local/lib/python{sys.version_info[0]}.{sys.version_info[1]}/dist-packages")',
  );
  return [
    `FROM ${testImage}`,
    'COPY root/ /',
    `RUN ln -s ${program} /usr/bin/python && ln -sf ${program} /usr/bin/python3 && mkdir -p -m 1777 /tmp \\`,
    ` && python -m zipfile -e ${WHEELS}/${wheel} ${packages.join('')} && python -m pip --version`,
  ].join('\n');
}

/** What the dynamic linker finds for these. */
function librariesOf(files: readonly string[]): string[] {
  const found = execFileSync('ldd', files, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  const paths = [...found.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path]) => path ?? '');
  return [...new Set(paths)].filter((path) => !path.endsWith(':'));
}
