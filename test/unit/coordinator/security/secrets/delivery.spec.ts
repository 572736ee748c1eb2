import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SecretsRequestSchema } from '../../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { InstanceSecrets } from '../../../../../common/gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../../../../../common/model/error.js';
import type { AuditFacts } from '../../../../../coordinator/security/audit/entry.js';
import { Protector } from '../../../../../coordinator/security/authority/index.js';
import { SecretDelivery, SecretKeys, Secrets } from '../../../../../coordinator/security/secrets/index.js';
import { addMiner, assign, openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleSpec } from '../../../../support/fleet-samples.js';

describe('the delivery of secrets', () => {
  const proof = { credential: '4a', peer: '10.0.0.7:5' };
  let at: FleetFixture;
  let secrets: Secrets;
  let audited: AuditFacts[];
  let refused: AuditFacts[];
  let delivery: SecretDelivery;
  let serial: number;

  beforeEach(async () => {
    at = await openFleetFixture();
    const protector = new Protector({ kind: 'key', secret: Buffer.alloc(32, 7) });
    secrets = new Secrets(at.fleet, await SecretKeys.open(at.fleet, protector));
    [audited, refused] = [[], []];
    const audit = {
      record: async (facts: AuditFacts) => {
        await Promise.resolve();
        audited.push(facts);
      },
      refused: (facts: AuditFacts) => {
        refused.push(facts);
      },
    };
    delivery = new SecretDelivery({ fleet: at.fleet, secrets, audit, clock: at.clock });
    for (const name of ['one', 'two'])
      await secrets.set({ namespace: 'default', name, value: Buffer.from(`value of ${name}`) }, 'ada');
    serial = addMiner(at.fleet, { name: 'alpha', ...reading('one', 'two') }, 2);
    assign(at.fleet, serial, 'host-1');
  });

  function reading(...names: readonly string[]) {
    const refs = names.map((name) => ({ name, path: `/run/secrets/${name}`, mode: 0o400, onRotate: 'none' as const }));
    return { container: { ...sampleSpec().container, secrets: refs } };
  }

  const into = (answers: InstanceSecrets[]) => async (answer: InstanceSecrets) => {
    await Promise.resolve();
    answers.push(answer);
  };

  async function ask(hostId: string, asked: number, valueIds: Record<string, string> = {}, by = delivery) {
    const request = create(SecretsRequestSchema, { instances: [{ serial: BigInt(asked), valueIds }] });
    const answers: InstanceSecrets[] = [];
    await by.answer({ hostId, proof }, request, into(answers));
    const [answer] = answers;
    if (answer === undefined || answers.length > 1) throw new Error('not exactly one answer');
    const values = Object.fromEntries(answer.values.map(({ name, value }) => [name, Buffer.from(value).toString()]));
    return { values, reason: answer.reason };
  }

  it('gives the host of an instance what it refers to, and that is on record before', async () => {
    const { values, reason } = await ask('host-1', serial);
    expect(values).to.deep.equal({ one: 'value of one', two: 'value of two' });
    expect(reason).to.equal('');
    expect(audited).to.have.length(1);
    const target = `instance/alpha-${String(serial)},secret/default/one,secret/default/two`;
    expect(audited[0]).to.include({
      role: 'agent',
      name: 'host-1',
      method: 'secret.read',
      target,
      outcome: 'ok',
      ...proof,
    });
    expect(JSON.stringify(audited)).not.to.contain('value of');
  });

  it('gives no value before it is durable, and none of a store that has failed', async () => {
    at.store.hold();
    const rotated = secrets.rotate({ namespace: 'default', name: 'one', value: Buffer.from('newer') }, 'ada');
    await nextTurn();
    let isAnswered = false;
    const answered = ask('host-1', serial).finally(() => {
      isAnswered = true;
    });
    await nextTurn();
    expect(isAnswered).to.equal(false);
    at.store.release();
    await rotated;
    expect((await answered).values['one']).to.equal('newer');
    at.store.hold();
    const lost = secrets.rotate({ namespace: 'default', name: 'one', value: Buffer.from('lost') }, 'ada');
    await nextTurn();
    const refusal = ask('host-1', serial);
    await nextTurn();
    at.store.fail();
    expect(await lost.catch((error: unknown) => error)).to.be.instanceOf(Error);
    expect((await refusal).values).to.deep.equal({});
  });

  it('gives what the host has not yet alone, and records nothing where it gives nothing', async () => {
    const valueId = at.fleet.secret('default', 'one')?.valueId ?? '';
    expect((await ask('host-1', serial, { one: valueId, two: 'older' })).values).to.deep.equal({ two: 'value of two' });
    audited.length = 0;
    const both = { one: valueId, two: at.fleet.secret('default', 'two')?.valueId ?? '' };
    expect(await ask('host-1', serial, both)).to.deep.equal({ values: {}, reason: '' });
    expect(audited).to.deep.equal([]);
  });

  it('gives other hosts nothing, whether the instance is there or not, and records that they asked', async () => {
    const pending = serial + 1;
    for (const [hostId, asked] of [
      ['host-2', serial],
      ['host-1', pending],
      ['host-1', 999],
    ] as const)
      expect(await ask(hostId, asked)).to.deep.equal({ values: {}, reason: 'secret_forbidden' });
    expect(refused.map(({ name, outcome, reason }) => [name, outcome, reason])).to.deep.equal([
      ['host-2', 'permission_denied', 'secret_forbidden'],
      ['host-1', 'permission_denied', 'secret_forbidden'],
      ['host-1', 'permission_denied', 'secret_forbidden'],
    ]);
    expect(audited).to.deep.equal([]);
  });

  it('gives nothing for an instance that has ended, nor of another namespace, and says which are missing', async () => {
    await secrets.remove({ namespace: 'default', name: 'two' }, true);
    await secrets.set({ namespace: 'farm', name: 'two', value: Buffer.from('foreign') }, 'ada');
    expect(await ask('host-1', serial)).to.deep.equal({ values: { one: 'value of one' }, reason: 'secret_missing' });
    at.fleet.transact((tx) => tx.updateInstance(serial, { state: 'stopped', reason: 'stopped', text: '' }));
    expect(await ask('host-1', serial)).to.deep.equal({ values: {}, reason: 'not_assigned' });
  });

  it('gives nothing where the read cannot be recorded, nor over a connection in clear', async () => {
    const audit = { record: () => Promise.reject(new Error('disk full')), refused: () => undefined };
    const mute = new SecretDelivery({ fleet: at.fleet, secrets, audit, clock: at.clock });
    expect((await ask('host-1', serial, {}, mute)).values).to.deep.equal({});
    const answers: InstanceSecrets[] = [];
    const request = create(SecretsRequestSchema, { instances: [{ serial: BigInt(serial) }] });
    await delivery.answer({ hostId: 'host-1', proof: undefined }, request, into(answers));
    expect(answers.map(({ reason, values }) => [reason, values.length])).to.deep.equal([['secrets_need_tls', 0]]);
  });

  it('puts nothing on record as given that cannot be opened', async () => {
    const reveal = () => {
      throw new HeadframeError({ code: 'data_loss', reason: 'secret_damaged', message: 'damaged' });
    };
    const audit = {
      record: async (facts: AuditFacts) => {
        await Promise.resolve();
        audited.push(facts);
      },
      refused: () => undefined,
    };
    const broken = new SecretDelivery({ fleet: at.fleet, secrets: { reveal }, audit, clock: at.clock });
    expect(await ask('host-1', serial, {}, broken)).to.deep.equal({ values: {}, reason: 'secret_damaged' });
    expect(audited).to.deep.equal([]);
  });

  it('answers no faster than the answers are taken, and to nobody who is gone', async () => {
    const request = create(SecretsRequestSchema, {
      instances: Array.from({ length: 1000 }, (_, index) => ({ serial: BigInt(index + 1) })),
    });
    let [open, most, taken] = [0, 0, 0];
    await delivery.answer({ hostId: 'host-1', proof }, request, async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      [open, taken] = [open - 1, taken + 1];
    });
    expect(taken).to.equal(1000);
    expect(most).to.be.lessThan(100);
    taken = 0;
    const gone = delivery.answer({ hostId: 'host-1', proof }, request, () => {
      taken++;
      return Promise.reject(new Error('gone'));
    });
    expect(await gone.catch((error: unknown) => String(error))).to.contain('gone');
    expect(taken).to.be.lessThan(100);
  });

  it('concerns the hosts alone whose live instances refer to what was set', async () => {
    assign(at.fleet, serial + 1, 'host-2');
    addMiner(at.fleet, { name: 'beta', ...reading('two') }, 1, 2);
    assign(at.fleet, serial + 2, 'host-3');
    const concerned: ReadonlyMap<string, readonly number[]>[] = [];
    at.fleet.onDurable((commit) => concerned.push(delivery.concernedBy(commit)));
    await secrets.rotate({ namespace: 'default', name: 'one', value: Buffer.from('new') }, 'ada');
    await secrets.set({ namespace: 'farm', name: 'one', value: Buffer.from('new') }, 'ada');
    expect(concerned.filter(({ size }) => size > 0)).to.deep.equal([
      new Map([
        ['host-1', [serial]],
        ['host-2', [serial + 1]],
      ]),
    ]);
  });
});
