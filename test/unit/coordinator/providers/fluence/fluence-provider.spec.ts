import { join } from 'node:path';
import { expect } from 'chai';
import { NO_RESOURCES } from '../../../../../common/model/resources.js';
import type { MachineRecord } from '../../../../../common/model/machine.js';
import { FluenceApi } from '../../../../../coordinator/providers/fluence/api.js';
import { chooseConfiguration } from '../../../../../coordinator/providers/fluence/choose-configuration.js';
import { FluenceProvider } from '../../../../../coordinator/providers/fluence/fluence-provider.js';
import type { MachineProgress } from '../../../../../coordinator/providers/port.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { CONFIGURATIONS, FluenceServer } from '../../../../support/fluence-server.js';
import { sampleMachine, sampleWish } from '../../../../support/machine-samples.js';
import { makeTempDir } from '../../../../support/temp-dir.js';
import { waitFor } from '../../../../support/wait-for.js';

const GIB = 2 ** 30;
const SIZES = CONFIGURATIONS.basic_configurations;
const ASKED = { ...NO_RESOURCES, cpuMillis: 3000, memoryBytes: 8 * GIB };

describe('the sizes of Fluence', () => {
  it('are taken as small as suffices, and those that cannot be read never', () => {
    expect(chooseConfiguration(NO_RESOURCES, SIZES)).to.equal('cpu-2-ram-4gb-storage-25gb');
    expect(chooseConfiguration(ASKED, ['gpu-large', ...SIZES])).to.equal('cpu-4-ram-8gb-storage-25gb');
    expect(chooseConfiguration({ ...ASKED, diskBytes: 26 * GIB }, SIZES)).to.equal(undefined);
  });
});

describe('VMs of Fluence', () => {
  let temp: AsyncDisposable & { path: string };
  let server: FluenceServer;
  let at: FleetFixture;
  let provider: FluenceProvider;
  let told: MachineProgress[];
  let installed: unknown[];
  let stop: AbortController;

  beforeEach(async () => {
    temp = await makeTempDir();
    server = await FluenceServer.start();
    at = await openFleetFixture();
    [told, installed] = [[], []];
    stop = new AbortController();
    const installer = {
      install: (machine: MachineRecord, target: object, labels: object) => {
        installed.push([target, labels]);
        return Promise.resolve(machine.id);
      },
    };
    const api = new FluenceApi({ url: server.url, apiKey: () => Promise.resolve('key-1'), timeoutMs: 5_000 });
    provider = new FluenceProvider(
      { api, installer, clock: at.clock, knownHostsFolder: join(temp.path, 'known') },
      {
        ...{ maxPriceUsd: 2.5, mostMachines: 1, osImage: 'https://images.example/u.img' },
        sshKey: () => Promise.resolve('ssh-ed25519 AAAA'),
        ...{ user: 'ubuntu', keyFile: '/k', launchMs: 60_000 },
      },
    );
  });
  afterEach(async () => {
    stop.abort();
    await server[Symbol.asyncDispose]();
    await temp[Symbol.asyncDispose]();
  });

  const machine = (patch: Partial<MachineRecord> = {}): MachineRecord =>
    sampleMachine({
      ...{ provider: 'fluence', place: '', hostId: '', state: 'allocating', asked: ASKED, maxPriceUsd: 2 },
      ...{ ports: [{ port: 3000, protocol: 'tcp' }], ...patch },
    });
  const work = () => ({
    tell: (progress: MachineProgress) => Promise.resolve(void told.push(progress)),
    signal: stop.signal,
  });
  const methods = (): string[] => server.asked.map(({ method, path }) => `${method} ${path}`);

  it('are rented once, waited for, and made hosts by SSH', async () => {
    const provided = provider.provide(machine(), work());
    await waitFor('the VM to be waited for', () => (methods().length >= 4 ? true : undefined));
    server.launch();
    await at.clock.advanceAsync(10_000);
    expect(await provided).to.equal('vm-1');
    const made = server.asked.find(({ method }) => method === 'POST');
    expect(made).to.include({ key: 'key-1' });
    expect(made?.body).to.deep.equal({
      constraints: { basicConfiguration: 'cpu-4-ram-8gb-storage-25gb', maxTotalPricePerEpochUsd: '2' },
      instances: 1,
      vmConfiguration: {
        ...{ name: 'vm-1', hostname: 'vm-1', osImage: 'https://images.example/u.img', sshKeys: ['ssh-ed25519 AAAA'] },
        openPorts: [
          { port: 22, protocol: 'tcp' },
          { port: 3000, protocol: 'tcp' },
        ],
      },
    });
    const [[target, labels]] = installed as [[object, object]]; // as the installer here was called
    expect(target).to.include({ host: '154.42.3.159', user: 'ubuntu', trustFirst: true, alias: 'vm-1' });
    expect(labels).to.deep.equal({ 'price-per-epoch-usd': '2.4352' });
    expect(told).to.deep.include({ place: server.vms[0]?.id, text: 'The VM is launched.' });
    // The coordinator was killed before it had heard the answer.
    expect(await provider.provide(machine(), work())).to.equal('vm-1');
    expect(methods().filter((method) => method.startsWith('POST'))).to.have.lengthOf(1);
  });

  it('are refused beyond the caps, and where what is asked for cannot be had', async () => {
    const { fleet } = at;
    const refused = (patch: object): string[] => {
      const verdict = provider.choose(sampleWish(patch), fleet);
      return 'refused' in verdict ? [...verdict.refused.keys()] : [];
    };
    await provider.refresh();
    expect(refused({ asked: ASKED })).to.deep.equal([]);
    expect(refused({ asked: { ...ASKED, gpus: 1 } })).to.deep.equal(['insufficient_gpus']);
    expect(refused({ asked: { ...ASKED, cpuMillis: 99_000 } })).to.deep.equal(['insufficient_cpu']);
    expect(refused({ labels: { zone: 'a' } })).to.deep.equal(['constraint_unmet']);
    expect(refused({ maxPriceUsd: 0 })).to.deep.equal(['machine_too_dear']);
    fleet.transact((tx) => {
      tx.putMachine(machine());
    });
    expect(refused({})).to.deep.equal(['fluence_cap_reached']);
  });

  it('have ports opened and are ended, and one that is gone is ended already', async () => {
    server.launch();
    const provided = provider.provide(machine(), work());
    await waitFor('the VM to be waited for', () => (methods().length >= 4 ? true : undefined));
    server.launch();
    await at.clock.advanceAsync(10_000);
    await provided;
    const place = server.vms[0]?.id ?? '';
    await provider.change(machine({ place, ports: [{ port: 53, protocol: 'udp' }] }), work());
    expect(server.asked.at(-1)?.body).to.deep.equal({
      updates: [
        {
          id: place,
          openPorts: [
            { port: 22, protocol: 'tcp' },
            { port: 53, protocol: 'udp' },
          ],
        },
      ],
    });
    await provider.withdraw(machine({ place }), work());
    expect(server.vms[0]?.status).to.equal('Stopped');
    await provider.withdraw(machine({ place }), work());
    expect(methods().filter((method) => method.startsWith('DELETE'))).to.have.lengthOf(1);
  });

  const answers: readonly (readonly [string, number, string])[] = [
    ['fluence_key_refused', 403, '{"error":"Invalid API key"}'],
    ['fluence_refused', 422, '{"error":"No suitable offer found"}'],
    ['fluence_unreachable', 502, '<html>'],
    ['fluence_answer_unknown', 200, '{"vms":[]}'],
    ['fluence_answer_unknown', 200, 'no JSON'],
    ['fluence_unreachable', 302, ''],
  ];
  answers.forEach(([reason, status, body], nth) => {
    it(`are told to have failed for a reason: ${reason} (case ${String(nth)})`, async () => {
      server.override = () => ({ status, body });
      await expectReason(provider.provide(machine(), work()), reason);
      expect(installed).to.deep.equal([]);
    });
  });

  it('are given up where they end or do not start in time', async () => {
    const slow = expectReason(provider.provide(machine(), work()), 'fluence_vm_slow');
    for (let look = 4; look < 11; look += 1) {
      const count = look;
      await waitFor('a look', () => (methods().length >= count ? true : undefined));
      await at.clock.advanceAsync(10_000);
    }
    await slow;
    const [vm] = server.vms;
    if (vm !== undefined) vm.status = 'Terminated';
    await expectReason(provider.provide(machine({ place: vm?.id ?? '' }), work()), 'fluence_vm_ended');
  });
});
