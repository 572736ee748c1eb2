import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Docker from 'dockerode';
import { openDockerRuntime } from '../../../../agent/runtime/docker/index.js';
import type { DockerRuntime, DockerRuntimeOptions } from '../../../../agent/runtime/docker/index.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { shellScript } from '../../../support/build-assignment.js';
import { describeWithDocker, dockerSocket } from '../../../support/docker.js';
import { expectReason } from '../../../support/expect-reason.js';
import { RuntimeFixture } from '../../../support/runtime-fixture.js';
import { makeTempDir } from '../../../support/temp-dir.js';

function openRuntime(hostId: string, options: Partial<DockerRuntimeOptions> = {}): DockerRuntime {
  const fixed = { hostId, address: dockerSocket, concurrency: 4, logger: silentLogger, clock: systemClock };
  return openDockerRuntime({ ...fixed, allowedHostPaths: [], ...options });
}

describeWithDocker('a container of the Docker runtime', function () {
  this.timeout(60_000);
  const docker = new Docker({ socketPath: dockerSocket });
  let f: RuntimeFixture;
  beforeEach(() => {
    f = new RuntimeFixture((hostId) => openRuntime(hostId));
  });
  afterEach(() => f.close());

  it('never mounts the engine or a folder that is forbidden, by whatever way', async () => {
    await using folder = await makeTempDir();
    const secret = join(folder.path, 'secret');
    await mkdir(secret);
    await symlink(dockerSocket, join(folder.path, 'sock'));
    await symlink('/var/run', join(folder.path, 'run'));
    await symlink(secret, join(folder.path, 'way-in'));
    const allowed = { allowedHostPaths: ['/'], forbiddenHostPaths: [secret] };
    const host = new RuntimeFixture((hostId) => openRuntime(hostId, allowed));
    try {
      for (const hostPath of [
        dockerSocket,
        '/var/run',
        '/run',
        '/',
        '/var/lib/docker',
        `${folder.path}/sock`,
        `${folder.path}/run`,
        `${folder.path}/run/docker.sock`,
        `${folder.path}/way-in`,
        folder.path,
      ]) {
        const mounts = [{ kind: 'hostPath', hostPath, target: '/in', readOnly: true }] as const;
        const refused = host.assignment({ container: { ...shellScript('true'), mounts } });
        await expectReason(host.runtime.create(refused, host.signal), 'mount_not_allowed');
      }
    } finally {
      await host.close();
    }
  });

  it('keeps a read-only file system from being written, but for its mounts', async () => {
    const { serial } = await f.started({
      container: {
        ...shellScript('touch /made || echo refused; touch /tmp/made && echo kept'),
        mounts: [{ kind: 'tmpfs', target: '/tmp', readOnly: false, sizeBytes: 2 ** 20 }],
        readOnlyRootFilesystem: true,
      },
    });
    await f.ended(serial);
    expect((await f.log(serial)).stdout).to.equal('refused\nkept\n');
  });

  it('gives a capability and a device where its operator does, and no other', async () => {
    const asked = { capabilities: ['NET_RAW'], devices: ['/dev/null'], network: 'none' } as const;
    const container = { ...shellScript('sleep 60'), ...asked };
    await expectReason(f.runtime.create(f.assignment({ container }), f.signal), 'privilege_not_allowed');
    const grants = { capabilities: ['NET_RAW'], devices: ['/dev/null'], hostNetwork: false };
    const host = new RuntimeFixture((hostId) => openRuntime(hostId, { grants }));
    try {
      const { serial } = await host.started({ container });
      const { containerId } = await host.observed(serial);
      const { HostConfig } = await docker.getContainer(containerId).inspect();
      expect(HostConfig).to.deep.include({
        Privileged: false,
        PidMode: '',
        IpcMode: 'private',
        UsernsMode: '',
        SecurityOpt: ['no-new-privileges'],
        Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/null', CgroupPermissions: 'rw' }],
      });
      expect(HostConfig.CapAdd).to.include('NET_RAW');
      const hostNetwork = host.assignment({ container: { ...shellScript('true'), network: 'host' } });
      await expectReason(host.runtime.create(hostNetwork, host.signal), 'privilege_not_allowed');
    } finally {
      await host.close();
    }
  });
});
