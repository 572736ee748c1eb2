import { expect } from 'chai';
import { leaseFaults, leaseWeaknesses } from '../../../../../agent/kinds/lease/requirements.js';
import type { LeaseHostView } from '../../../../../agent/kinds/lease/requirements.js';
import { leaseHostView } from '../../../../support/lease-host-samples.js';

const faultsOf = (parts: Partial<LeaseHostView>): number => leaseFaults(leaseHostView(parts)).length;
const weaknessesOf = (parts: Partial<LeaseHostView>): string[] =>
  leaseWeaknesses(leaseHostView(parts)).map(({ text }) => text);

describe('what a host needs for leases', () => {
  it('is there on a host that lacks nothing', () => {
    expect(leaseFaults(leaseHostView())).to.deep.equal([]);
    expect(leaseWeaknesses(leaseHostView())).to.deep.equal([]);
  });

  it('is not there without any one of the walls', () => {
    const lacking: Partial<LeaseHostView>[] = [
      { engineVersion: '19.03.15' },
      { runcVersion: '0.9.1' },
      { kernel: '4.4.0-21-generic' },
      { security: ['name=apparmor'] },
      { limits: { memory: false, cpuQuota: true, pids: true } },
      { limits: { memory: true, cpuQuota: true, pids: false } },
      { ipForwarding: false },
      { isRoot: false },
      { programs: new Set(['iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore']) },
      { firewall: undefined },
      { firewall: '*filter\nCOMMIT\n' },
    ];
    for (const parts of lacking) expect(faultsOf(parts), JSON.stringify(parts)).to.equal(1);
  });

  it('is there on the oldest engine that it is tried on', () => {
    expect(faultsOf({ engineVersion: '20.10.24+dfsg1', runcVersion: '1.1.5+ds1', kernel: '6.18.44-fc' })).to.equal(0);
  });

  it('tells what is not enforced or not known', () => {
    expect(weaknessesOf({ disk: 'unenforced' })).to.have.length(1);
    expect(weaknessesOf({ lendsServer: false })).to.have.length(1);
    expect(weaknessesOf({ security: ['name=seccomp,profile=default'] })).to.have.length(2);
    expect(
      weaknessesOf({ security: ['name=seccomp,profile=default', 'name=selinux', 'name=rootless'] }),
    ).to.have.length(0);
  });

  it('doubts a runc that is older than the mends of its known ways out', () => {
    for (const version of ['', '1.1.5+ds1-1+deb12u1', '1.2.7', '1.3.2', '1.0.0-rc95'])
      expect(weaknessesOf({ runcVersion: version }), version).to.have.length(1);
    for (const version of ['1.2.8', '1.3.3', '1.4.0', '2.0.0', 'v1.3.4'])
      expect(weaknessesOf({ runcVersion: version }), version).to.have.length(0);
  });
});
