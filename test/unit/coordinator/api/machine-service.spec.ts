import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'chai';
import {
  AllocateMachineRequestSchema,
  ChangeMachineRequestSchema,
  GetMachineRequestSchema,
  ListMachinesRequestSchema,
  MachineState,
  ReleaseMachineRequestSchema,
} from '../../../../common/gen/headframe/v1/machine_service_pb.js';
import type {
  GetMachineResponseSchema,
  ListMachinesResponseSchema,
} from '../../../../common/gen/headframe/v1/machine_service_pb.js';
import { machineService } from '../../../../coordinator/api/machine-service.js';
import { Scopes } from '../../../../coordinator/api/scope.js';
import { applyNamespace } from '../../../../coordinator/namespaces/index.js';
import { FleetProvider } from '../../../../coordinator/providers/fleet/fleet-provider.js';
import { Machines } from '../../../../coordinator/providers/machines.js';
import { NO_QUOTA } from '../../../../common/model/namespace.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';

type Wish = MessageInitShape<typeof AllocateMachineRequestSchema>;

async function makeScene(namespaces?: readonly string[]) {
  const { fleet, clock } = await openFleetFixture();
  fleet.transact((tx) => {
    for (const id of ['host-1', 'host-2', 'host-3']) tx.putHost(sampleHost(id));
    applyNamespace(tx, { name: 'lab', description: '', labels: {}, quota: NO_QUOTA });
  });
  let drawn = 0;
  const machines = new Machines({ fleet, providers: [new FleetProvider()], newId: () => String(++drawn) });
  const service = machineService({ fleet, machines, scopes: new Scopes(fleet) });
  type Context = Parameters<typeof service.getMachine>[1];
  const contextOf = (own?: readonly string[]): Context =>
    // Handlers look at nothing else of a call.
    ({ caller: { role: 'operator', name: 'ann', credential: 'c', namespaces: own } }) as unknown as Context;
  const context = contextOf(namespaces);
  const allocate = async (wish: Wish, by = context) =>
    // Handlers answer with messages, which may be encoded already elsewhere.
    (await service.allocateMachine(create(AllocateMachineRequestSchema, wish), by)) as MessageInitShape<
      typeof GetMachineResponseSchema
    >;
  const list = async (wish: MessageInitShape<typeof ListMachinesRequestSchema>, by = context) =>
    (await service.listMachines(create(ListMachinesRequestSchema, wish), by)) as MessageInitShape<
      typeof ListMachinesResponseSchema
    >;
  return { fleet, clock, service, context, contextOf, allocate, list };
}

describe('the service of machines', () => {
  it('gives out a host with all that was said of it, and lists by account, page by page', async () => {
    const { clock, allocate, list } = await makeScene();
    const account = '0.0.123456';
    const { machine } = await allocate({
      ...{ name: 'one', account, ports: [{ port: 53, udp: true }], asked: { cpuMillis: 1000 } },
    });
    expect(machine).to.include({
      name: 'one',
      account,
      state: MachineState.ACTIVE,
      owner: 'ann',
      namespace: 'default',
    });
    expect(machine).to.include({ hostId: 'host-1', provider: 'fleet' });
    clock.advance(1);
    await allocate({});
    const first = await list({ pageSize: 1 });
    expect(first.machines?.map(({ name }) => name)).to.deep.equal(['one']);
    const second = await list({ pageSize: 1, pageToken: first.nextPageToken ?? '' });
    expect(second.machines?.map(({ hostId }) => hostId)).to.deep.equal(['host-2']);
    expect(second.nextPageToken).to.equal('');
    expect((await list({ account })).machines).to.have.lengthOf(1);
  });

  const wrong: readonly (readonly [string, Wish])[] = [
    ['name', { name: 'x'.repeat(64) }],
    ['account', { account: '0.0.0' }],
    ['maxPriceUsd', { maxPriceUsd: '-1' }],
    ['ports[0].port', { ports: [{ port: 70_000 }] }],
    ['ports', { ports: Array.from({ length: 17 }, () => ({ port: 1 })) }],
    ['labels', { labels: { 'not a key': 'x' } }],
  ];
  for (const [path, wish] of wrong)
    it(`refuses what is wrong by its field: ${path}`, async () => {
      const { allocate } = await makeScene();
      const { violations } = await expectReason(allocate(wish), 'request_invalid');
      expect(violations[0]?.path).to.match(new RegExp(`^${path.replace(/[[\].]/g, '\\$&')}`));
    });

  it('shows, changes and releases machines of the own namespaces alone', async () => {
    const { service, contextOf, allocate, list } = await makeScene();
    const [own, other] = [contextOf(['lab']), contextOf(['default'])];
    const { machine } = await allocate({}, own);
    const id = machine?.id ?? '';
    expect(machine).to.include({ namespace: 'lab' });
    expect((await list({}, other)).machines).to.deep.equal([]);
    const calls = [
      () => service.getMachine(create(GetMachineRequestSchema, { id }), other),
      () => service.changeMachine(create(ChangeMachineRequestSchema, { id, name: 'mine' }), other),
      () => service.releaseMachine(create(ReleaseMachineRequestSchema, { id }), other),
    ];
    for (const call of calls) await expectReason(Promise.resolve().then<unknown>(call), 'machine_not_found');
    await expectReason(allocate({ namespace: 'default' }, own), 'namespace_not_found');
    await expectReason(allocate({ namespace: 'nowhere' }, contextOf()), 'namespace_not_found');
    await service.changeMachine(create(ChangeMachineRequestSchema, { id, name: 'mine', account: '' }), own);
    expect((await list({}, own)).machines?.[0]).to.include({ name: 'mine' });
  });
});
