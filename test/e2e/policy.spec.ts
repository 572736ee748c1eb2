import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import type { ManifestParts } from '../support/manifest.js';
import { script } from '../support/manifest.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

describeWithDocker('what a container may do', function () {
  this.timeout(60_000);
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let fleet: RunningFleet;
  before(async () => {
    temp = await makeTempDir();
    await writeFile(policyFile(), '{}');
    const flags = ['--allowed-capabilities', 'NET_RAW', '--allowed-devices', '/dev/null'];
    fleet = await RunningFleet.open({ alpha: { flags } }, { coordinator: ['--policy-file', policyFile()] });
  });
  after(async () => {
    await fleet.close();
    await temp[Symbol.asyncDispose]();
  });

  const policyFile = (): string => join(temp.path, 'policy.yaml');

  const refusalOf = (...manifests: readonly ManifestParts[]): Promise<unknown> =>
    fleet.apply(...manifests).then(
      () => undefined,
      (error: unknown) => error,
    );

  /** Writes the policy and waits until it is in force or refused. */
  async function setPolicy(text: string, reason: 'policy_loaded' | 'policy_invalid'): Promise<void> {
    const before = await eventsOf(reason);
    await writeFile(policyFile(), text);
    await fleet.until(`the event ${reason}`, async () => (await eventsOf(reason)) > before);
  }

  async function eventsOf(reason: string): Promise<number> {
    const { stdout } = await fleet.headframe(['events', '-o', 'json']);
    return stdout.split(reason).length - 1;
  }

  it('follows the policy file, which is read again when it changes, and the agent, which has the last word', async () => {
    await fleet.apply({ name: 'bystander', container: { network: 'none' } });
    await fleet.running('bystander', 1);
    const bystander = lifeOf(await fleet.container('bystander'));

    const container = { network: 'bridge', capabilities: ['NET_RAW'], devices: ['/dev/null'] };
    const refused = await refusalOf({ name: 'raw', container }, { name: 'innocent' });
    expect(refused).to.deep.include({ code: 'permission_denied', reason: 'policy_denied' });
    expect(refused).to.have.nested.property('violations.length', 2);
    expect(await fleet.containers('innocent'), 'all or none').to.deep.equal([]);

    await setPolicy('default: {devices: [/dev], capabilities: [NET_RAW, SYS_PTRACE]}', 'policy_loaded');
    await fleet.apply({ name: 'raw', container });
    await fleet.running('raw', 1);
    const { HostConfig } = await fleet.container('raw');
    expect(HostConfig).to.deep.include({ Privileged: false, SecurityOpt: ['no-new-privileges'], IpcMode: 'private' });
    expect(HostConfig.CapAdd).to.include('NET_RAW');

    await fleet.apply({ name: 'tracer', container: { capabilities: ['SYS_PTRACE'] } });
    await fleet.ended('tracer', 'privilege_not_allowed');
    expect(await fleet.containers('tracer')).to.deep.equal([]);

    await setPolicy('default: {capabilities: [SYS_ADMIN]}', 'policy_invalid');
    expect(await refusalOf({ name: 'raw-2', container }), 'the policy before stays').to.equal(undefined);
    const life = lifeOf(await fleet.container('raw'));
    await setPolicy('{}', 'policy_loaded');
    expect(await refusalOf({ name: 'raw-3', container })).to.have.property('reason', 'policy_denied');
    expect(lifeOf(await fleet.container('raw')), 'a stricter policy ends nothing').to.deep.equal(life);
    expect(lifeOf(await fleet.container('bystander'))).to.deep.equal(bystander);
    await fleet.remove('raw', 'raw-2', 'tracer');
  });

  it('is, with a read-only file system, to write to its mounts alone', async () => {
    const mounts = [{ target: '/tmp', tmpfs: '1MiB' }];
    const line = script('touch /x 2>/dev/null && exit 3; touch /tmp/x || exit 4; exec sleep 100000');
    await fleet.apply({ name: 'sealed', container: { ...line, mounts, readOnlyRootFilesystem: true } });
    await fleet.running('sealed', 1);
    await fleet.remove('sealed');
  });
});
