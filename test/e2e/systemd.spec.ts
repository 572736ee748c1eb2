import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithDocker, testImage } from '../support/docker.js';
import { EngineView } from '../support/engine-view.js';
import { lifeOf } from '../support/running-fleet.js';
import { SystemdMachine } from '../support/systemd-machine.js';
import { waitFor } from '../support/wait-for.js';

const AGENT = 'headframe-agent.service';
const COORDINATOR = 'headframe-coordinator.service';
const SETTINGS = ['--docker-socket', '/srv/docker.sock', '--port-range', '29800-29899'];

describeWithDocker('the programs as services of systemd', function () {
  this.timeout(90_000);
  const engine = new EngineView();
  let machine: SystemdMachine;
  let hostId: string;

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
    expect((await machine.run('ls', '/opt/headframe')).code).not.to.equal(0);
  });

  it('refuse settings that are not valid before anything is done', async () => {
    expect((await machine.headframe('first', 'agent', 'install', '--coordinator', 'nowhere')).code).to.equal(2);
    expect((await machine.run('ls', '/opt/headframe')).code).not.to.equal(0);
  });

  it('are active after they were installed, the agent from its first session on', async () => {
    const join = await machine.headframe('first', 'coordinator', 'install').then(async ({ code, text }) => {
      expect(code, text).to.equal(0);
      return machine.run('sh', '-c', `$(headframe token create) --host-id ${hostId}`);
    });
    expect(join.code, join.text).to.equal(0);
    const { code, text } = await machine.headframe('first', 'agent', 'install', '--host-id', hostId, ...SETTINGS);
    expect(code, text).to.equal(0);
    for (const unit of [AGENT, COORDINATOR]) expect(await machine.show(unit, 'ActiveState')).to.equal('active');
    await connected();
    expect(await machine.show(COORDINATOR, 'StatusText')).to.include('7700');
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
    await machine.write('/tmp/steady.yaml', manifest());
    const applied = await machine.run('headframe', 'apply', '-f', '/tmp/steady.yaml');
    expect(applied.code, applied.text).to.equal(0);
    await waitFor('the container to run', async () => ((await lives())[0]?.pid ? true : undefined));
    const before = await lives();
    await machine.write(`/etc/systemd/system/${AGENT}.d/test.conf`, '[Service]\nWatchdogSec=2\nRestartSec=200ms\n');
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
  });

  it('run a new version after an upgrade, with the same containers', async () => {
    const before = await lives();
    await machine.addPackage('second', () => undefined);
    expect((await machine.headframe('second', 'agent', 'install')).code).not.to.equal(0);
    const { code, text } = await machine.headframe('second', 'agent', 'upgrade');
    expect(code, text).to.equal(0);
    await connected();
    expect((await machine.run('readlink', '/opt/headframe/agent')).text).to.include('second');
    expect(await lives()).to.deep.equal(before);
  });

  it('run the version before again when the new one is not active in time', async () => {
    const before = await lives();
    await machine.addPackage('broken', (folder) =>
      writeFile(join(folder, 'dist/agent/commands/start.js'), 'process.exit(1);\n'),
    );
    const { code, text } = await machine.headframe('broken', 'agent', 'upgrade', '--wait', '4');
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

  it('leave nothing but what they run when they are uninstalled with their data', async () => {
    const before = await lives();
    for (const name of ['agent', 'coordinator']) {
      const { code, text } = await machine.run('headframe', name, 'uninstall', '--purge');
      expect(code, text).to.equal(0);
    }
    const left =
      'find /opt /etc/headframe /etc/systemd/system /var/lib /usr/local/bin -name "*headframe*" -o -path "*headframe/*"';
    expect((await machine.run('sh', '-c', `${left} 2>/dev/null`)).text).to.not.match(
      /service|yaml|releases|bin\/headframe/,
    );
    expect(await lives()).to.deep.equal(before);
  });
});

function manifest(): string {
  return `kind: container
name: steady
container: { image: '${testImage}', command: [sleep, '100000'] }
resources: { cpu: 100m, memory: 64MiB, disk: 100MiB }
pullPolicy: never
`;
}
