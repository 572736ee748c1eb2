import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithDocker, testImage } from '../../support/docker.js';
import { codeBlocks, sectionOf } from '../../support/documents.js';
import { EngineView } from '../../support/engine-view.js';
import { lifeOf } from '../../support/running-fleet.js';
import { SystemdMachine } from '../../support/systemd-machine.js';
import { waitFor } from '../../support/wait-for.js';

const AGENT = 'headframe-agent.service';
const COORDINATOR = 'headframe-coordinator.service';
const UNKNOWN_TOKEN = `abcdefgh.${'x'.repeat(43)}`;
/** What Debian's list of packages says of the machine. */
const INSTALLED = `Package: systemd
Status: install ok installed
Architecture: amd64
Maintainer: nobody
Version: 252
Description: what the machine runs by

`;
const SETTINGS = ['--docker-socket', '/srv/docker.sock', '--port-range', '29800-29899'];

describeWithDocker('the programs as services of systemd', function () {
  this.timeout(90_000);
  const engine = new EngineView();
  let machine: SystemdMachine;
  let hostId: string;
  let joinLine = '';

  before(async () => {
    machine = await SystemdMachine.open();
    hostId = `${machine.name}-host`;
  });
  after(async () => {
    for (const { Id } of await engine.containers(hostId)) await engine.docker.getContainer(Id).remove({ force: true });
    await machine.close();
  });

  async function lives(): Promise<ReturnType<typeof lifeOf>[]> {
    return (await engine.containers(hostId)).map(lifeOf);
  }

  /** What there is of us on the machine. */
  async function traces(): Promise<string> {
    const script = `const { existsSync, readdirSync } = require('fs');
      const all = ['/opt', '/etc', '/var/lib', '/usr/local/bin'].filter((at) => existsSync(at)).flatMap((at) =>
        readdirSync(at, { recursive: true }).map((name) => at + '/' + name));
      console.log(all.filter((path) => /headframe/.test(path) && !/headframe[/](coordinator|releases[/][^/]*)[/]/.test(path)).sort().join(' '));`;
    const { code, text } = await machine.run('node', '-e', script);
    expect(code, text).to.equal(0);
    return text.trim();
  }

  /** What the line of a new token says. */
  async function newLine(): Promise<ReturnType<typeof partsOf>> {
    const { code, text } = await machine.run('headframe', 'token', 'create', '--uses', '2');
    expect(code, text).to.equal(0);
    return partsOf(text);
  }

  async function connected(): Promise<void> {
    await waitFor(
      'the agent to have a session',
      async () => ((await machine.show(AGENT, 'StatusText')).startsWith('connected') ? true : undefined),
      30_000,
    );
    expect(await machine.show(AGENT, 'ActiveState')).to.equal('active');
  }

  it('say what they would do, and do nothing, in a dry run', async () => {
    const { code, text } = await machine.headframe('first', 'coordinator', 'install', '--dry-run');
    expect(code, text).to.equal(0);
    expect(await traces()).to.equal('');
  });

  it('are refused, with what to do, where the machine lacks what they need', async () => {
    const [noNode, oldNode] = ['PATH=/usr/bin:/bin', 'PATH=/tmp/old:/usr/bin:/bin'];
    await machine.script(
      'first',
      "mkdir /tmp/old; printf '#!/bin/sh\\nexit 1\\n' > /tmp/old/node; chmod 755 /tmp/old/node",
    );
    for (const [program, ...args] of [
      ['env', noNode, 'deploy/install.sh', 'coordinator'],
      ['env', oldNode, 'deploy/install.sh', 'coordinator'],
      ['deploy/install.sh', 'agent', '--docker-socket', '/nowhere/docker.sock'],
    ]) {
      const { code, text } = await machine.script('first', [program, ...args].join(' '));
      expect(code, text).to.equal(1);
      expect(text).to.match(/^error: .+\nremedy: /m);
    }
    expect((await machine.install('first', 'miner')).code).to.equal(2);
    expect(await traces()).to.equal('');
  });

  it('are installed by the lines of the document, the authority under a key that lies encrypted on the machine', async () => {
    const { install, seal } = document();
    expect((await machine.script('first', seal)).code).to.equal(0);
    const { code, text } = await machine.script('first', install);
    expect(code, text).to.equal(0);
    joinLine = /headframe agent join .*/.exec(text)?.[0] ?? '';
    expect(await machine.show(COORDINATOR, 'ActiveState')).to.equal('active');
    expect(await machine.show(COORDINATOR, 'StatusText')).to.include('7700');
    const authority = await machine.run('ls', '/var/lib/private/headframe/coordinator/authority');
    expect(authority.text).to.include('authority.json').and.not.include('protector.key');
  });

  it('leave nothing of an installation that fails, at whatever step', async () => {
    const before = await traces();
    const { authority } = partsOf(joinLine);
    const wrong = ['--coordinator', '127.0.0.1:7700', '--authority', authority, ...SETTINGS];
    expect((await machine.headframe('first', 'agent', 'install', '--coordinator', 'nowhere')).code).to.equal(2);
    const refused = await machine.install('first', 'agent', '--token', UNKNOWN_TOKEN, ...wrong);
    expect(refused.code, refused.text).to.equal(7);
    await machine.addPackage('broken', endAtStart);
    const failed = await machine.headframe('broken', 'agent', 'install', '--wait', '1', ...SETTINGS);
    expect(failed.code, failed.text).to.equal(1);
    expect(await traces()).to.equal(before);
    expect(await machine.show(AGENT, 'LoadState')).to.equal('not-found');
  });

  it('are installed, joined and ready by one line, the agent from its first session on', async () => {
    const { token, authority } = partsOf(joinLine);
    const command = document().join.trim().replace('ID.SECRET', token).replace('sha256:DIGEST', authority);
    const { code, text } = await machine.script('first', `${command} --host-id ${hostId} ${SETTINGS.join(' ')}`);
    expect(code, text).to.equal(0);
    expect(text).to.include('connected to').and.not.include(token);
    expect(await machine.show(AGENT, 'ActiveState')).to.equal('active');
    const said = await machine.run('sh', '-c', 'cat /etc/headframe/agent.yaml; journalctl -o cat');
    expect(said.text).to.not.include(token).and.not.include('coordinator: ');
    const again = await machine.headframe('first', 'agent', 'upgrade', '--join', joinLine);
    expect(again.code, again.text).to.equal(0);
  });

  it('install twice without a change, and refuse other settings than those that are there', async () => {
    const pid = await machine.show(AGENT, 'MainPID');
    expect((await machine.headframe('first', 'agent', 'install')).code).to.equal(0);
    expect((await machine.headframe('first', 'agent', 'install', '--start-concurrency', '2')).code).not.to.equal(0);
    expect(await machine.show(AGENT, 'MainPID')).to.equal(pid);
  });

  it('go on and read their settings again when they are told to reload', async () => {
    await machine.run('sh', '-c', 'echo "log: { level: debug }" >> /etc/headframe/agent.yaml');
    for (const unit of [AGENT, COORDINATOR]) {
      const pid = await machine.show(unit, 'MainPID');
      const { code, text } = await machine.run('systemctl', 'reload', unit);
      expect(code, text).to.equal(0);
      await waitFor(`${unit} to tell that it has reloaded`, async () =>
        (await machine.run('journalctl', '-u', unit, '-o', 'cat')).text.includes('"msg":"reloaded"') ? true : undefined,
      );
      expect(await machine.show(unit, 'MainPID')).to.equal(pid);
    }
    expect((await machine.run('journalctl', '-u', AGENT, '-o', 'cat')).text).to.include('"logLevel":"debug"');
  });

  it('are walled off as far as their work allows', async () => {
    for (const [unit, worst] of Object.entries({ [COORDINATOR]: 16, [AGENT]: 32 })) {
      const { code, text } = await machine.run('systemd-analyze', 'security', `--threshold=${String(worst)}`, unit);
      expect(code, text).to.equal(0);
    }
    // What secrets of containers need: memory, and nobody else in it.
    const place = await machine.run(
      'sh',
      '-c',
      'stat -f -c %T /run/headframe/secrets; stat -c %a:%u /run/headframe/secrets',
    );
    expect(place.text.trim().split('\n')).to.deep.equal(['tmpfs', '700:0']);
  });

  it('are ended by the watchdog when they hang, and come back to the same containers', async () => {
    const packaged = machine.addPackage('second', () => undefined).then(() => machine.addDebianPackage('second'));
    await machine.write('/tmp/steady.yaml', manifest());
    const applied = await machine.run('headframe', 'apply', '-f', '/tmp/steady.yaml');
    expect(applied.code, applied.text).to.equal(0);
    await waitFor('the container to run', async () => ((await lives())[0]?.pid ? true : undefined));
    const before = await lives();
    await machine.write(`${dropIns(AGENT)}/test.conf`, '[Service]\nWatchdogSec=2\nRestartSec=200ms\n');
    await machine.run('sh', '-c', `systemctl daemon-reload && systemctl restart ${AGENT}`);
    await connected();
    const pid = await machine.show(AGENT, 'MainPID');
    await machine.run('kill', '-STOP', pid);
    await waitFor('the agent to be another', async () => {
      const now = await machine.show(AGENT, 'MainPID');
      return now !== pid && now !== '0' ? true : undefined;
    });
    await connected();
    expect(Number(await machine.show(AGENT, 'NRestarts'))).to.be.at.least(1);
    expect(await lives()).to.deep.equal(before);
    await packaged;
  });

  it('run the version of a Debian package once it is installed, with the same containers', async () => {
    const before = await lives();
    expect((await machine.headframe('second', 'agent', 'install')).code).not.to.equal(0);
    await machine.write('/var/lib/dpkg/status', INSTALLED);
    const { code, text } = await machine.run('dpkg', '--force-unsafe-io', '--install', '/packages/second.deb');
    expect(code, text).to.equal(0);
    await connected();
    for (const name of ['agent', 'coordinator'])
      expect((await machine.run('readlink', `/opt/headframe/${name}`)).text).to.include('second');
    expect(await lives()).to.deep.equal(before);
    const { ours, theirs } = await machine.argon2Tags('/usr/bin/headframe');
    expect(theirs).to.equal(ours);
  });

  it('run the version before again when the new one is not active in time', async () => {
    const before = await lives();
    const { code, text } = await machine.headframe('broken', 'agent', 'upgrade', '--wait', '2');
    expect(code, text).not.to.equal(0);
    await connected();
    expect((await machine.run('readlink', '/opt/headframe/agent')).text).to.include('second');
    expect(await lives()).to.deep.equal(before);
  });

  it('come back after a boot, to the same containers', async () => {
    const before = await lives();
    await machine.reboot();
    await connected();
    expect(await lives()).to.deep.equal(before);
  });

  it('join at their first start by a line that systemd hands over, and stop at one that is refused', async () => {
    const { token, authority } = await newLine();
    await machine.run('sh', '-c', `systemctl stop ${AGENT}; rm -r /var/lib/headframe/agent`);
    await machine.write('/etc/headframe/agent.yaml', `{ hostId: ${hostId}-2, dockerSocket: /srv/docker.sock }\n`);
    const line = `headframe agent join --coordinator 127.0.0.1:7700 --token TOKEN --authority ${authority}\n`;
    await machine.write('/etc/credstore/headframe-join', line.replace('TOKEN', UNKNOWN_TOKEN));
    await machine.run('systemctl', 'start', '--no-block', AGENT);
    await waitFor('the agent to give up', async () =>
      (await machine.show(AGENT, 'ActiveState')) === 'failed' ? true : undefined,
    );
    expect(await machine.show(AGENT, 'ExecMainStatus')).to.equal('7');
    await machine.write('/etc/credstore/headframe-join', line.replace('TOKEN', token));
    await machine.run('systemctl', 'start', '--no-block', AGENT);
    await connected();
    expect((await machine.run('headframe', 'hosts', 'ls')).text).to.include(`${hostId}-2`);
  });

  it('go with the Debian package, which keeps their data until it is purged, and never ends what they run', async () => {
    const before = await lives();
    const uninstalled = await machine.run('headframe', 'agent', 'uninstall', '--purge');
    expect(uninstalled.code, uninstalled.text).to.equal(0);
    expect(await traces())
      .to.include('/opt/headframe/coordinator')
      .and.not.match(/headframe.agent|headframe-join/);
    const removed = await machine.run('dpkg', '--remove', 'headframe');
    expect(removed.code, removed.text).to.equal(0);
    for (const unit of [AGENT, COORDINATOR]) expect(await machine.show(unit, 'LoadState')).to.equal('not-found');
    expect(await traces())
      .to.include('/var/lib/private/headframe/coordinator')
      .and.not.include('/opt/');
    const purged = await machine.run('dpkg', '--purge', 'headframe');
    expect(purged.code, purged.text).to.equal(0);
    // The key was the operator's.
    expect(await traces()).to.equal('/etc/credstore.encrypted/headframe-key');
    expect(await lives()).to.deep.equal(before);
  });
});

/** What the README says how to install, and the guide how to seal a key, for a coordinator on this very machine. */
function document(): { readonly install: string; readonly join: string; readonly seal: string } {
  const page = (path: string, heading: string): string[] =>
    codeBlocks({ path, text: sectionOf(path, heading) }).map(({ text }) =>
      text.replaceAll('coordinator.example', '127.0.0.1'),
    );
  const [install = '', join = ''] = page('README.md', 'As services of systemd');
  const [seal = ''] = page('docs/systemd.md', 'Credentials');
  return { install, join, seal };
}

/** What a line to join by says. */
function partsOf(line: string): { readonly token: string; readonly authority: string } {
  const [, token = '', authority = ''] = /--token (\S+) --authority (\S+)/.exec(line) ?? [];
  return { token, authority };
}

function dropIns(unit: string): string {
  return `/etc/systemd/system/${unit}.d`;
}

/** An agent that does all but run. */
function endAtStart(folder: string): Promise<void> {
  const program = `import { main as whole } from '../common/bundled/agent.js';
export const main = (argv) => argv[0] === 'start' ? 1 : whole(argv);
`;
  return writeFile(join(folder, 'dist/agent/main.js'), program);
}

function manifest(): string {
  return `kind: container
name: steady
container: { image: '${testImage}', command: [sleep, '100000'] }
resources: { cpu: 100m, memory: 64MiB, disk: 100MiB }
pullPolicy: never
`;
}
