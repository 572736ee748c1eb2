import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { EXIT_CODES } from '../../coordinator/cli/exit-codes.js';
import { manifestOf } from '../support/manifest.js';
import { RunningCommand, runHeadframe } from '../support/program.js';
import type { CommandResult } from '../support/program.js';
import { TestFleet } from '../support/programs.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

const WALL_JUMP = pathToFileURL(join(import.meta.dirname, '../support/wall-jump.mjs')).href;
const DAY_MS = 86_400_000;

/** Another wall clock for a program, by the milliseconds in that file. */
function wallBy(file: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${WALL_JUMP}`, HEADFRAME_TEST_WALL_OFFSET_FILE: file };
}

describe('people and programs', function () {
  this.timeout(60_000);
  let temp: AsyncDisposable & { path: string };
  let fleet: TestFleet;
  let wallFile: string;
  const lines = new Map<string, readonly string[]>();

  before(async () => {
    temp = await makeTempDir();
    wallFile = join(temp.path, 'wall');
    fleet = new TestFleet(temp.path, { coordinatorPlace: { env: wallBy(wallFile) } });
    await fleet.startCoordinator();
    await Promise.all([
      ...PEOPLE.map(([who, role, ...more]) => logIn(who, role, ...more)),
      admin('namespaces', 'set', 'farm'),
    ]);
  });
  after(async () => {
    await fleet.close().finally(() => temp[Symbol.asyncDispose]());
  });

  const admin = (...args: readonly string[]): Promise<CommandResult> => fleet.headframe(args);
  const envOf = (who: string) => ({ HEADFRAME_CONFIG: join(temp.path, 'people', who, 'config.yaml') });
  const as = (who: string, args: readonly string[], input = ''): Promise<CommandResult> =>
    runHeadframe([...args, '-o', 'json'], { env: envOf(who), input });
  const identityOf = (who: string): string => join(temp.path, 'people', who, 'identities', '127.0.0.1');

  /** The words after `headframe` of the line that is printed. */
  async function printedLine(role: string, ...more: readonly string[]): Promise<string[]> {
    const { stdout, stderr } = await admin('token', 'create', '--role', role, ...more);
    expect(stdout.trim().split('\n'), stderr).to.have.length(1);
    const [program, ...words] = stdout.trim().split(' ');
    expect(program).to.equal('headframe');
    return words;
  }

  async function logIn(who: string, role: string, ...more: readonly string[]): Promise<void> {
    const line = await printedLine(role, '--name', who, ...more);
    const done = await runHeadframe(line, { env: envOf(who), input: '' });
    expect(done.code, done.stderr).to.equal(0);
    lines.set(who, line);
  }

  async function bearerFile(name: string, ...more: readonly string[]) {
    const { stdout, stderr } = await admin('token', 'create', '--bearer', '--name', name, ...more);
    expect(stdout, stderr).to.match(/^[0-9a-f]{10}\.[\w-]{43}\n$/);
    const authority = /sha256:[0-9a-f]{64}/.exec(stderr)?.[0] ?? '';
    const path = join(temp.path, `${name}.token`);
    await writeFile(path, stdout, { mode: 0o600 });
    const call = ['--address', fleet.address, '--token-file', path, '--authority', authority];
    return { path, token: stdout.trim(), authority, call };
  }

  it('log in by the line that is printed, with a key that is theirs alone', async () => {
    const [spent, said, folder, key] = await Promise.all([
      as('stranger', lines.get('otto') ?? []),
      Promise.all(PEOPLE.map(([name]) => as(name, ['whoami']))),
      stat(identityOf('otto')),
      stat(join(identityOf('otto'), 'key.pem')),
    ]);
    expect(reasonOf(spent)).to.equal('token_spent');
    const known = said.map(({ stdout }) => JSON.parse(stdout) as Readonly<Record<string, unknown>>);
    expect(known.map(({ name, role, namespaces }) => [name, role, namespaces])).to.deep.equal([
      ['otto', 'ROLE_OPERATOR', []],
      ['vera', 'ROLE_VIEWER', []],
      ['sched', 'ROLE_SCHEDULER', ['farm']],
    ]);
    expect([folder.mode & 0o777, key.mode & 0o777]).to.deep.equal([0o700, 0o600]);
    expect(await readdir(identityOf('otto'))).to.have.members(['authorities.pem', 'certificate.pem', 'key.pem']);
  });

  it('may do what their role says, in their namespaces, and give no more than they have', async () => {
    const apply = ['apply', '-f', '-'];
    const [looks, applies, own, foreign, promotes, lends] = await Promise.all([
      as('vera', ['miners', 'ls']),
      as('vera', apply, manifestOf({ name: 'veras' })),
      as('sched', apply, manifestOf({ name: 'own', namespace: 'farm' })),
      as('sched', apply, manifestOf({ name: 'foreign', namespace: 'other' })),
      as('otto', ['token', 'create', '--role', 'admin']),
      as('otto', ['token', 'create', '--role', 'viewer']),
    ]);
    expect([looks.code, own.code, lends.code], own.stderr).to.deep.equal([0, 0, 0]);
    expect([applies.code, reasonOf(applies)]).to.deep.equal([EXIT_CODES.permission.code, 'permission_denied']);
    expect(reasonOf(foreign)).to.equal('namespace_forbidden');
    expect(reasonOf(promotes)).to.equal('grant_exceeds_own');
  });

  it('call by a bearer token over TLS alone, until it expires or is revoked', async () => {
    const [long, short] = [
      await bearerFile('robot', '--role', 'scheduler', '--namespaces', 'farm'),
      await bearerFile('brief', '--role', 'viewer', '--ttl', '1m'),
    ];
    const set = await as('robot', ['contexts', 'set', 'fleet', ...long.call]);
    expect(set.code, set.stderr).to.equal(0);
    expect(JSON.parse((await as('robot', ['whoami'])).stdout)).to.include({ name: 'robot', role: 'ROLE_SCHEDULER' });
    const pem = ['--authority', join(identityOf('otto'), 'authorities.pem')];
    const byPem = await as('nobody', [...short.call.slice(0, 4), ...pem, 'status']);
    expect(byPem.code, byPem.stderr).to.equal(0);

    const heard = await listenInClear();
    const [inClear, toOther, toForeign] = await Promise.all([
      as('nobody', ['--insecure-loopback', '--address', fleet.address, '--token-file', long.path, 'status']),
      as('nobody', ['--address', heard.address, ...long.call.slice(2), 'status']),
      as('nobody', [...long.call.slice(0, 5), `sha256:${'0'.repeat(64)}`, 'status']),
    ]);
    expect([inClear.code, toOther.code, toForeign.code]).to.deep.equal([
      EXIT_CODES.usage.code,
      EXIT_CODES.unavailable.code,
      EXIT_CODES.unavailable.code,
    ]);
    expect(heard.close()).to.not.include(long.token.slice(11));

    await writeFile(wallFile, String(61_000));
    await waitFor('the short token to expire', async () => {
      const { code, stderr } = await as('nobody', [...short.call, 'status']);
      return code !== 0 && /"token_expired"/.test(stderr) ? true : undefined;
    });
    await writeFile(wallFile, '0');
    const id = `token/${long.token.slice(0, 10)}`;
    expect((await admin('credentials', 'revoke', id)).stdout).to.include(id);
    expect(reasonOf(await as('robot', ['whoami']))).to.equal('token_revoked');
  });

  it('renew their certificate by the commands that they run, late in its life', async () => {
    const file = join(identityOf('vera'), 'certificate.pem');
    const before = new X509Certificate(await readFile(file));
    const jump = join(temp.path, 'jump');
    await writeFile(jump, String(250 * DAY_MS));
    const late = { ...envOf('vera'), ...wallBy(jump) };
    expect((await runHeadframe(['whoami'], { env: late, input: '' })).code).to.equal(0);
    const renewed = new X509Certificate(await readFile(file));
    expect(renewed.serialNumber).not.to.equal(before.serialNumber);
    expect(JSON.parse((await as('vera', ['whoami'])).stdout)).to.include({
      name: 'vera',
      credential: renewed.serialNumber.toLowerCase(),
    });
  });

  it('are cut off, and what they watch is ended, when an admin revokes what they prove themselves with', async () => {
    const watching = new RunningCommand(['events', '-f', '-o', 'json'], envOf('otto'));
    await waitFor('events to be shown', () => (watching.stdout === '' ? undefined : true));
    const listed = await admin('credentials', 'ls', '-o', 'json');
    expect(listed.stdout).to.include('"otto"').and.to.include('"admin"');
    const revoked = await admin('credentials', 'revoke', '--name', 'otto');
    expect(revoked.code, revoked.stderr).to.equal(0);
    expect(await watching.ended()).to.equal(EXIT_CODES.permission.code);
    expect((await as('otto', ['status'])).code).to.equal(EXIT_CODES.permission.code);
    expect(reasonOf(await admin('credentials', 'revoke', '--name', 'admin', '-o', 'json'))).to.equal('last_admin');
  });
});

const PEOPLE = [
  ['otto', 'operator'],
  ['vera', 'viewer'],
  ['sched', 'scheduler', '--namespaces', 'farm'],
] as const;

function reasonOf({ stderr }: CommandResult): string {
  // The shape that docs/cli.md promises.
  return (JSON.parse(stderr) as { readonly error: { readonly reason: string } }).error.reason;
}

/** Somebody who listens where a coordinator should be, and keeps what is sent. */
async function listenInClear(): Promise<{ readonly address: string; close(): string }> {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      heard.push(data);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `127.0.0.1:${String(port)}`,
    close: () => {
      server.close();
      expect(heard.length).to.be.greaterThan(0);
      return Buffer.concat(heard).toString('latin1');
    },
  };
}
