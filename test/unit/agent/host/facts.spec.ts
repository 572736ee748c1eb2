import { expect } from 'chai';
import { boundedBy, hashMachineId, imageArch } from '../../../../agent/host/facts.js';
import { reachableAddresses } from '../../../../agent/host/interfaces.js';
import type { InterfaceTable } from '../../../../agent/host/interfaces.js';
import { leaseBridge } from '../../../../agent/kinds/lease/index.js';
import { parseMachineNames } from '../../../../agent/host/machine.js';

describe('boundedBy', () => {
  it('takes a limit below the machine, and the machine in every other case', () => {
    expect(boundedBy(4000, 1500)).to.equal(1500);
    expect(boundedBy(4000, 9000)).to.equal(4000);
    expect(boundedBy(4000, 'unlimited')).to.equal(4000);
    expect(boundedBy(4000, 'unknown')).to.equal(4000);
  });
});

describe('hashMachineId', () => {
  it('gives one machine one hash that does not show its id', () => {
    const hash = hashMachineId('3d1219c7c4c5404aaa1f6d2a48adfda4\n');
    expect(hash).to.match(/^[0-9a-f]{64}$/);
    expect(hash).to.equal(hashMachineId('3d1219c7c4c5404aaa1f6d2a48adfda4'));
    expect(hash).not.to.equal(hashMachineId('3d1219c7c4c5404aaa1f6d2a48adfda5'));
  });

  it('knows no hash where there is no id', () => {
    for (const text of [undefined, '', '\n', 'uninitialized\n']) expect(hashMachineId(text)).to.equal(undefined);
  });
});

describe('imageArch', () => {
  it('names architectures as images do', () => {
    expect(['x64', 'arm64', 'riscv64'].map(imageArch)).to.deep.equal(['amd64', 'arm64', 'riscv64']);
  });
});

describe('reachableAddresses', () => {
  it('lists real interfaces, IPv4 first, without loopback, bridges and link-local addresses', () => {
    const info = { netmask: '', mac: '', cidr: null, internal: false };
    const v6 = { ...info, family: 'IPv6', scopeid: 0 } as const;
    const v4 = { ...info, family: 'IPv4' } as const;
    const interfaces: InterfaceTable = {
      lo: [{ ...v4, address: '127.0.0.1', internal: true }],
      eth0: [
        { ...v6, address: 'fd00::2' },
        { ...v6, address: 'fe80::fc:ff:fe00:1' },
        { ...v4, address: '192.0.2.2' },
      ],
      docker0: [{ ...v4, address: '172.17.0.1' }],
      'br-3f2a': [{ ...v4, address: '172.18.0.1' }],
      [leaseBridge('alpha', 7)]: [{ ...v4, address: '10.213.0.1' }],
      veth12ab: [{ ...v6, address: 'fe80::1' }],
      eth1: [{ ...v4, address: '169.254.10.1' }],
      vh1: [{ ...v4, address: '10.88.0.11' }],
    };
    expect(reachableAddresses(interfaces)).to.deep.equal([
      { interfaceName: 'eth0', family: 'IPv4', address: '192.0.2.2' },
      { interfaceName: 'vh1', family: 'IPv4', address: '10.88.0.11' },
      { interfaceName: 'eth0', family: 'IPv6', address: 'fd00::2' },
    ]);
  });
});

describe('parseMachineNames', () => {
  it('joins what is known of the names', () => {
    const os = { distro: 'Debian GNU/Linux', release: '12', kernel: '6.1' };
    const known = JSON.stringify({ os, cpu: { manufacturer: 'AMD', brand: 'EPYC' } });
    expect(parseMachineNames(known)).to.deep.equal({ os: 'Debian GNU/Linux 12', cpuModel: 'AMD EPYC' });
    const unknown = JSON.stringify({ os, cpu: { manufacturer: 'unknown', brand: '' } });
    expect(parseMachineNames(unknown)).to.deep.equal({ os: 'Debian GNU/Linux 12', cpuModel: '' });
  });

  it('takes nothing from an answer that is cut or of another shape', () => {
    for (const text of ['', '{"os":', '{}', '{"os":{"distro":1},"cpu":{}}']) {
      expect(parseMachineNames(text)).to.equal(undefined);
    }
  });
});
