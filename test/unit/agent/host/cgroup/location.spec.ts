import { expect } from 'chai';
import {
  locate,
  parseCgroupMounts,
  parseMembership,
  withAncestors,
} from '../../../../../agent/host/cgroup/location.js';
import type { CgroupLocation, Controller } from '../../../../../agent/host/cgroup/location.js';
import { HYBRID, V1_CGROUPFS, V2_BIND_MOUNT, V2_SYSTEMD } from './shapes.js';

function locateIn(
  membership: string,
  mountinfo: string,
  controller: Controller = 'memory',
): CgroupLocation | undefined {
  return locate(parseMembership(membership), parseCgroupMounts(mountinfo), controller);
}

describe('locate', () => {
  it('prefers the v1 tree of a controller over the unified one beside it', () => {
    expect(locateIn(HYBRID.membership, HYBRID.mountinfo)?.version).to.equal(1);
  });

  it('falls back to the unified tree for a controller that v1 does not hold', () => {
    const membership = HYBRID.membership.replace(/^4:memory.*\n/m, '');
    const location = locateIn(membership, HYBRID.mountinfo);
    expect(location?.version).to.equal(2);
    expect(location?.dir).to.match(/^\/sys\/fs\/cgroup\/unified\/docker\//);
  });

  it('finds nothing where no mount shows the path', () => {
    expect(locateIn('0::/kubepods/x\n', V2_BIND_MOUNT.mountinfo)).to.equal(undefined);
    expect(locateIn('0::/dockers/x\n', V2_BIND_MOUNT.mountinfo)).to.equal(undefined);
    expect(locateIn('0::/../x\n', V2_SYSTEMD.mountinfo)).to.equal(undefined);
    expect(locateIn(V1_CGROUPFS.membership, V2_SYSTEMD.mountinfo)).to.equal(undefined);
    expect(locateIn('', V2_SYSTEMD.mountinfo)).to.equal(undefined);
  });

  it('keeps colons and commas that belong to a path or a named hierarchy', () => {
    const { v1, unified } = parseMembership('3:cpu,cpuacct:/a:b\n1:name=systemd:/x\n0::/c,d\n');
    expect([...v1]).to.deep.equal([
      ['cpu', '/a:b'],
      ['cpuacct', '/a:b'],
      ['name=systemd', '/x'],
    ]);
    expect(unified).to.equal('/c,d');
  });
});

describe('withAncestors', () => {
  it('climbs from the folder to the mount point and no further', () => {
    const mountPoint = '/sys/fs/cgroup';
    expect(withAncestors({ version: 2, dir: `${mountPoint}/a/b`, mountPoint })).to.deep.equal([
      `${mountPoint}/a/b`,
      `${mountPoint}/a`,
      mountPoint,
    ]);
  });
});
