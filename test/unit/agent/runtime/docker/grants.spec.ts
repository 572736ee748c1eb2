import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { HostConfig } from 'dockerode';
import fc from 'fast-check';
import { checkPrivileges, resolveDevices } from '../../../../../agent/runtime/docker/grants.js';
import type { HostGrants } from '../../../../../agent/runtime/docker/grants.js';
import { containerSpecOf } from '../../../../../agent/runtime/docker/container-spec.js';
import { GRANTABLE_CAPABILITIES } from '../../../../../common/model/privileges.js';
import { anyMinerSpec } from '../../../../support/arbitraries/miner-spec.js';
import { buildAssignment } from '../../../../support/build-assignment.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const NONE: HostGrants = { capabilities: [], devices: [], hostNetwork: false };

const anyGrants: fc.Arbitrary<HostGrants> = fc.record({
  capabilities: fc.subarray([...GRANTABLE_CAPABILITIES]),
  devices: fc.constant([]),
  hostNetwork: fc.boolean(),
});

describe('what an agent lets a container have', () => {
  it('is never more than its configuration says, whatever the spec asks for', () => {
    const least = capabilitiesOf(containerSpecOf(buildAssignment({}), optionsOf([])).HostConfig);
    fc.assert(
      fc.property(anyMinerSpec, anyGrants, ({ container }, grants) => {
        if (!verdictOf(() => checkPrivileges(container, grants))) return;
        const assignment = buildAssignment({ container: { ...container, mounts: [], ports: [] } });
        const config = containerSpecOf(assignment, optionsOf(container.devices ?? [])).HostConfig;
        expect(config?.Privileged).to.equal(false);
        expect([...least, ...grants.capabilities]).to.include.members([...capabilitiesOf(config)]);
        if (!grants.hostNetwork) expect(config?.NetworkMode).not.to.equal('host');
      }),
    );
  });

  it('is the network of the host or a capability only where it says so', () => {
    const { container } = buildAssignment({ container: { network: 'bridge' } }).workload;
    const asking = { ...container, network: 'host', capabilities: ['NET_RAW'] } as const;
    expect(verdictOf(() => checkPrivileges(container, NONE))).to.equal(true);
    expect(verdictOf(() => checkPrivileges(asking, { ...NONE, hostNetwork: true }))).to.equal(false);
    expect(verdictOf(() => checkPrivileges(asking, { ...NONE, capabilities: ['NET_RAW'] }))).to.equal(false);
    expect(
      verdictOf(() => checkPrivileges(asking, { ...NONE, capabilities: ['NET_RAW'], hostNetwork: true })),
    ).to.equal(true);
  });

  it('is a character device at or below an allowed path, as it resolves', async () => {
    await using folder = await makeTempDir();
    const link = join(folder.path, 'link');
    await symlink('/dev/null', link);
    const found = await resolveDevices([link], { ...NONE, devices: [link] });
    expect(found.get(link)).to.equal('/dev/null');
    await expectReason(resolveDevices([link], { ...NONE, devices: [folder.path] }), 'privilege_not_allowed');
    await expectReason(resolveDevices(['/dev/null'], NONE), 'privilege_not_allowed');
    await expectReason(resolveDevices(['/dev/none'], { ...NONE, devices: ['/dev'] }), 'privilege_not_allowed');
  });

  it('is no file and no folder', async () => {
    await using folder = await makeTempDir();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    for (const path of [file, folder.path])
      await expectReason(resolveDevices([path], { ...NONE, devices: [folder.path] }), 'privilege_not_allowed');
  });
});

function optionsOf(devices: readonly string[]) {
  const resolved = new Map(devices.map((path) => [path, path]));
  return {
    name: 'x',
    hostId: 'host-1',
    hostPaths: new Map(),
    devices: resolved,
    diskLimit: false,
    secretsFolder: '/run/x',
  };
}

function capabilitiesOf(config: HostConfig | undefined): readonly unknown[] {
  const found: unknown = config?.CapAdd; // untyped by the library
  return Array.isArray(found) ? found : [];
}

function verdictOf(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
