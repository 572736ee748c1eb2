import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { NO_RESOURCES } from '../../../../../common/model/resources.js';
import { readMachines } from '../../../../../coordinator/providers/ssh/machines-file.js';
import type { ListedMachine } from '../../../../../coordinator/providers/ssh/machines-file.js';
import { sshArguments } from '../../../../../coordinator/providers/ssh/ssh-client.js';
import { SshProvider, chooseListed } from '../../../../../coordinator/providers/ssh/ssh-provider.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleMachine, sampleWish } from '../../../../support/machine-samples.js';
import { SSH_KEYS } from '../../../../support/ssh-keys.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const HOST_KEY = SSH_KEYS.ed25519.line.split(' ').slice(0, 2).join(' ');

function listed(name: string, patch: Partial<ListedMachine> = {}): ListedMachine {
  const way = { host: '10.0.0.1', port: 22, user: 'root', keyFile: '/k', hostKey: HOST_KEY };
  return { name, ...way, size: { ...NO_RESOURCES, cpuMillis: 4000 }, priceUsd: '', labels: {}, ...patch };
}

describe('machines that an operator lists', () => {
  const chosen = (
    wish: Parameters<typeof chooseListed>[0],
    machines: readonly ListedMachine[],
    held: string[] = [],
  ) => {
    const verdict = chooseListed(wish, machines, new Set(held));
    return 'refused' in verdict ? Object.fromEntries(verdict.refused) : verdict.name;
  };

  it('are given out the cheapest first, then as they are listed, each once', () => {
    const all = [listed('a'), listed('b', { priceUsd: '2' }), listed('c', { priceUsd: '1.5' }), listed('d')];
    expect(chosen(sampleWish(), all)).to.equal('c');
    expect(chosen(sampleWish(), all, ['c', 'b'])).to.equal('a');
    expect(chosen(sampleWish(), all, ['a', 'b', 'c', 'd'])).to.deep.equal({ machine_held: 4 });
    expect(chosen(sampleWish({ maxPriceUsd: 1 }), all)).to.deep.equal({
      machine_without_price: 2,
      machine_too_dear: 2,
    });
  });

  it('are large enough only as far as the list says so', () => {
    const asked = { ...NO_RESOURCES, cpuMillis: 4000 };
    expect(chosen(sampleWish({ asked }), [listed('a')])).to.equal('a');
    const more = { ...asked, memoryBytes: 1 };
    expect(chosen(sampleWish({ asked: more }), [listed('a')])).to.deep.equal({ insufficient_memory: 1 });
    expect(chosen(sampleWish({ labels: { zone: 'a' } }), [listed('a')])).to.deep.equal({ constraint_unmet: 1 });
  });

  it('are read from a file, with all that is wrong with it', async () => {
    await using temp = await makeTempDir();
    const path = join(temp.path, 'machines.yaml');
    const write = (text: string): Promise<void> => writeFile(path, text);
    const entry = `name: rack-1, host: 10.0.0.1, keyFile: /k, cpu: 4, memory: 8GiB, priceUsd: '1.5'`;
    await write(`machines: [{ ${entry}, hostKey: ${HOST_KEY} }]`);
    const [one] = await readMachines(path);
    expect(one).to.deep.include({ name: 'rack-1', port: 22, user: 'root', hostKey: HOST_KEY, priceUsd: '1.5' });
    expect(one?.size).to.include({ cpuMillis: 4000, memoryBytes: 8 * 2 ** 30 });
    for (const wrong of [
      `machines: [{ ${entry} }]`,
      `machines: [{ ${entry}, hostKey: ${HOST_KEY}, trustFirstKey: true }]`,
      `machines: [{ ${entry}, trustFirstKey: true }, { ${entry}, trustFirstKey: true }]`,
      `machines: [{ name: a, host: -oProxyCommand=x, keyFile: /k, trustFirstKey: true }]`,
      `machines: [{ name: a, host: h, keyFile: '/a b', trustFirstKey: true }]`,
      `machines: [{ name: a, host: h, user: '-x', keyFile: /k, trustFirstKey: true }]`,
      'machines: []\n---\nmachines: []',
    ]) {
      await write(wrong);
      await expectReason(readMachines(path), 'ssh_machines_invalid');
    }
    await expectReason(readMachines(join(temp.path, 'none')), 'ssh_machines_invalid');
  });

  it('are known by the key that is listed, and only where that is said by the one that is shown first', async () => {
    await using temp = await makeTempDir();
    const [machinesFile, knownHostsFolder] = [join(temp.path, 'machines.yaml'), join(temp.path, 'known')];
    const { fleet } = await openFleetFixture();
    const targets: object[] = [];
    const installer = {
      install: (_machine: unknown, target: object) => Promise.resolve(String(targets.push(target))),
      remove: () => Promise.resolve(),
    };
    const provider = new SshProvider({ installer, machinesFile, knownHostsFolder });
    const work = { tell: () => Promise.resolve(), signal: new AbortController().signal };
    const place = { provider: 'ssh', place: 'a', hostId: '', state: 'allocating' } as const;
    for (const trust of [`hostKey: ${HOST_KEY}`, 'trustFirstKey: true']) {
      await writeFile(machinesFile, `machines: [{ name: a, host: h, keyFile: /k, ${trust} }]`);
      await provider.refresh();
      expect(provider.choose(sampleWish(), fleet)).to.include({ place: 'a', hostId: '', address: 'h' });
      await provider.provide(sampleMachine(place), work);
    }
    const [pinned, trusting] = targets;
    expect(pinned).to.include({
      trustFirst: false,
      alias: 'a',
      knownHostsFile: join(knownHostsFolder, 'ssh-a.listed'),
    });
    expect(trusting).to.include({ trustFirst: true, knownHostsFile: join(knownHostsFolder, 'ssh-a.seen') });
    fleet.transact((tx) => {
      tx.putMachine(sampleMachine(place));
    });
    expect(provider.choose(sampleWish(), fleet)).to.have.property('refused');
    await writeFile(machinesFile, 'machines: []');
    await expectReason(provider.withdraw(sampleMachine(place), work), 'machine_unlisted');
  });

  it('are called without a shell, a question, a forwarded key, or settings of whoever runs the coordinator', () => {
    const target = { host: 'h', port: 2222, user: 'ubuntu', keyFile: '/k', knownHostsFile: '/n', alias: 'a' };
    const args = sshArguments({ ...target, trustFirst: false }, 'exec x');
    expect(args.slice(0, 3)).to.deep.equal(['-F', '/dev/null', '-T']);
    expect(args.slice(-5)).to.deep.equal(['-l', 'ubuntu', '--', 'h', 'exec x']);
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'UserKnownHostsFile=/n', 'HostKeyAlias=a'];
    const more = ['IdentitiesOnly=yes', 'ForwardAgent=no', 'PreferredAuthentications=publickey', 'Port=2222'];
    expect(args).to.include.members([...options, ...more]);
    expect(sshArguments({ ...target, trustFirst: true }, '')).to.include('StrictHostKeyChecking=accept-new');
  });
});
