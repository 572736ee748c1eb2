import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readFingerprint } from '../../../../agent/host/fingerprint.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const SERIALS: Readonly<Record<string, string>> = {
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'sys/class/dmi/id/product_uuid': '4C4C4544-0042-3510-8048-B7C04F595931\n',
  'sys/class/dmi/id/board_serial': 'To Be Filled By O.E.M.\n',
  'sys/block/nvme0n1/wwid': 'eui.0025385b71b00a1f\n',
  'sys/block/nvme0n1/device/serial': 'S4EWNX0N\n',
  'sys/block/loop0/wwid': 'loop\n',
  'sys/block/sda/device/wwid': '',
  'sys/class/net/eth0/device/vendor': '0x8086\n',
  'sys/class/net/eth0/addr_assign_type': '0\n',
  'sys/class/net/eth0/address': '3c:ec:ef:00:11:22\n',
  'sys/class/net/eth1/device/vendor': '0x8086\n',
  'sys/class/net/eth1/addr_assign_type': '3\n',
  'sys/class/net/eth1/address': '02:00:00:00:00:01\n',
  'sys/class/net/docker0/addr_assign_type': '0\n',
  'sys/class/net/docker0/address': '02:42:00:00:00:01\n',
  'proc/driver/nvidia/gpus/0000:01:00.0/information':
    'Model: \t\t NVIDIA H200\nGPU UUID: \t GPU-1b2c3d4e-0000-1111-2222-333344445555\n',
};

async function fingerprintOf(files: Readonly<Record<string, string>>) {
  await using folder = await makeTempDir();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  }
  return readFingerprint(folder.path);
}

describe('The fingerprint of this host', () => {
  it('has system, board, disks, cards and GPUs, and nothing virtual, blank or set by hand', async () => {
    const found = await fingerprintOf(SERIALS);
    expect(found.map(({ kind }) => kind)).to.deep.equal(['machine', 'board', 'disk', 'nic', 'gpu']);
  });

  it('is the same each time, other for other parts, and shows no serial number', async () => {
    const [once, again] = [await fingerprintOf(SERIALS), await fingerprintOf(SERIALS)];
    expect(again).to.deep.equal(once);
    const other = await fingerprintOf({ ...SERIALS, 'sys/block/nvme0n1/wwid': 'eui.other\n' });
    expect(other.filter((part, at) => part.hash !== once[at]?.hash).map(({ kind }) => kind)).to.deep.equal(['disk']);
    for (const { hash } of once) expect(hash).to.match(/^[0-9a-f]{32}$/);
    expect(new Set(once.map(({ hash }) => hash)).size).to.equal(once.length);
  });

  const blank = ['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'None', ''];
  for (const text of blank)
    it(`takes ${JSON.stringify(text)} for no id at all`, async () => {
      expect(await fingerprintOf({ 'sys/class/dmi/id/product_uuid': text })).to.deep.equal([]);
    });

  it('is empty where nothing can be read', async () => {
    expect(await fingerprintOf({})).to.deep.equal([]);
  });
});
