import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nativeArgon2 } from '../../common/challenge/native-argon2.js';
import { dockerSocket } from './docker.js';
import { waitFor } from './wait-for.js';

const root = join(import.meta.dirname, '../..');
const dependencies = realpathSync(join(root, 'node_modules'));
const image = process.env.HEADFRAME_TEST_SYSTEMD_IMAGE ?? 'headframe-test/systemd:1';
const FLAGS = ['--cgroupns', 'private', '--cap-add', 'SYS_ADMIN', '--tmpfs', '/run', '--tmpfs', '/run/lock'];

/** What a command printed, both streams, and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly text: string;
}

/** A machine with systemd as its first process, in a container; its engine is that of the tests. */
export class SystemdMachine {
  readonly name = `headframe-systemd-${randomBytes(3).toString('hex')}`;
  readonly #folder: string;

  /** `folder` becomes its /packages; `open` is what begins one. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `more` are further flags of its container. */
  static async open(more: readonly string[] = []): Promise<SystemdMachine> {
    const machine = new SystemdMachine(await mkdtemp(join(tmpdir(), 'headframe-machine-')));
    await machine.addPackage('first', () => undefined);
    const mounts = ['-v', `${machine.#folder}:/packages:ro`, '-v', `${dockerSocket}:/srv/docker.sock`];
    // At its own place, so that links to it lead there on both sides.
    const modules = ['-v', `${dependencies}:${dependencies}:ro`];
    const name = ['--name', machine.name, '--label', 'headframe-test', '--stop-signal', 'SIGRTMIN+3'];
    // What systemd mounts for a service it mounts aside and lets appear, as it does on a machine, whose mounts are shared.
    const init = ['/bin/sh', '-c', 'mount --make-rshared / && exec /lib/systemd/systemd'];
    await machine.#docker(['run', '-d', ...name, ...FLAGS, ...more, ...mounts, ...modules, image, ...init]);
    await machine.booted();
    return machine;
  }

  /** Puts a release as users unpack it at /packages/NAME, of another version than the others. */
  async addPackage(name: string, change: (folder: string) => Promise<void> | undefined): Promise<void> {
    const folder = join(this.#folder, name);
    const dist = process.env.HEADFRAME_TEST_DIST ?? join(root, 'dist');
    await mkdir(folder);
    for (const part of ['dist', 'deploy']) await mkdir(join(folder, part));
    await copy(['agent', 'common', 'coordinator'], dist, join(folder, 'dist'));
    await copy(['systemd', 'install.sh'], join(root, 'deploy'), join(folder, 'deploy'));
    const about = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(folder, 'package.json'), JSON.stringify({ ...about, version: `0.0.0-${name}` }));
    await symlink(dependencies, join(folder, 'node_modules'));
    await change(folder);
  }

  /** Path on this machine of what is at /packages/NAME there. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Makes a Debian package of a release that was added, at /packages/NAME.deb. */
  async addDebianPackage(name: string): Promise<void> {
    const of = ['--dist', join(this.#folder, name, 'dist'), '--out', join(this.#folder, `${name}.deb`)];
    await promisify(execFile)(process.execPath, [
      join(root, 'deploy/bootstrap/package.mjs'),
      ...of,
      '--compress',
      'none',
    ]);
  }

  /** Runs a command on the machine to its end. */
  run(...command: readonly string[]): Promise<Outcome> {
    return this.#call(['exec', this.name, ...command]);
  }

  /** Runs `deploy/install.sh` of a package on the machine. */
  install(name: string, ...args: readonly string[]): Promise<Outcome> {
    return this.run(`/packages/${name}/deploy/install.sh`, ...args);
  }

  /** Runs commands of a document as they stand there, in the folder of a package; who runs them is root already. */
  script(name: string, text: string): Promise<Outcome> {
    return this.run('sh', '-ec', `cd /packages/${name}; sudo() { "$@"; }\n${text}`);
  }

  /** Runs `headframe` of a package on the machine. */
  headframe(name: string, ...args: readonly string[]): Promise<Outcome> {
    return this.run('node', `/packages/${name}/dist/coordinator/cli/main.js`, ...args);
  }

  /** One tag of Argon2 by the code here, and by that of the release of a command; or what this says where it cannot. */
  async argon2Tags(command: string): Promise<{ readonly ours: string; readonly theirs: string }> {
    const [input, salt] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)];
    const cost = { memoryKib: 1024, passes: 1, lanes: 1 };
    const program = [
      `import { realpathSync } from 'node:fs';`,
      `const dist = realpathSync('${command}').replace(/bin.headframe$/, 'dist');`,
      `const { nativeArgon2 } = await import(dist + '/common/challenge/native-argon2.js');`,
      `const [input, salt] = [Buffer.alloc(32, 1), Buffer.alloc(16, 2)];`,
      `const tag = await nativeArgon2({ input, salt, ...${JSON.stringify(cost)} });`,
      `console.log(tag.toString('hex'));`,
    ];
    const { text } = await this.run('node', '--input-type=module', '--eval', program.join('\n'));
    return { ours: (await nativeArgon2({ input, salt, ...cost })).toString('hex'), theirs: text.trim() };
  }

  /** Writes a file on the machine. */
  async write(path: string, text: string): Promise<void> {
    const command = `mkdir -p "$(dirname ${path})"; printf %s "$1" > ${path}`;
    await this.run('sh', '-c', command, 'sh', text);
  }

  /** A property of a unit, as `systemctl show` has it. */
  async show(unit: string, property: string): Promise<string> {
    return (await this.run('systemctl', 'show', `--property=${property}`, '--value', unit)).text.trim();
  }

  /** Ends all its processes but those of the engine, and boots it again. */
  async reboot(): Promise<void> {
    await this.#docker(['restart', '--time', '20', this.name]);
    await this.booted();
  }

  /** Waits until systemd has started what it is to start. */
  async booted(): Promise<void> {
    await waitFor('systemd to answer', async () => {
      const { text } = await this.run('systemctl', 'is-system-running');
      return /^(?:running|degraded|starting)/m.test(text);
    });
  }

  async close(): Promise<void> {
    await this.#call(['rm', '--force', '--volumes', this.name]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #docker(args: readonly string[]): Promise<void> {
    const { code, text } = await this.#call(args);
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${text}`);
  }

  #call(args: readonly string[]): Promise<Outcome> {
    const command = ['--host', `unix://${dockerSocket}`, ...args];
    return new Promise((resolve) => {
      execFile('docker', command, { timeout: 90_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, text: stdout + stderr });
      });
    });
  }
}

/** By the program that is made for it: it takes thousands of files a fraction of the time. */
async function copy(names: readonly string[], from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-R', '-t', to, '--', ...names], { cwd: from });
}
