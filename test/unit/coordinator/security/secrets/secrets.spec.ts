import { expect } from 'chai';
import { Protector } from '../../../../../coordinator/security/authority/index.js';
import { SecretKeys, Secrets, requireSecrets } from '../../../../../coordinator/security/secrets/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { addMiner, openFleetFixture } from '../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleSpec } from '../../../../support/fleet-samples.js';

describe('the secrets of the fleet', () => {
  const protector = (secret = 'k'.repeat(32)) => new Protector({ kind: 'key', secret: Buffer.from(secret) });
  const value = Buffer.from('first value of all');
  const named = { namespace: 'default', name: 'coldkey' };
  let at: FleetFixture;
  let secrets: Secrets;

  beforeEach(async () => {
    at = await openFleetFixture();
    secrets = new Secrets(at.fleet, await SecretKeys.open(at.fleet, protector()));
  });

  function reading(...names: readonly string[]) {
    const refs = names.map((name) => ({ name, path: `/run/secrets/${name}`, mode: 0o400, onRotate: 'none' as const }));
    return { container: { ...sampleSpec().container, secrets: refs } };
  }

  it('are sealed in what the store gets, and opened by what unsealed them before', async () => {
    const made = await secrets.set({ ...named, value }, 'ada');
    expect(made).to.include({ version: 1, size: value.length, setBy: 'ada' });
    expect(secrets.reveal(made).equals(value)).to.equal(true);
    const stored = JSON.stringify([...(await at.store.load()).documents].map(([, rows]) => [...rows.values()]));
    expect(stored).to.contain(made.envelope.value);
    expect(stored).not.to.contain(value.toString());
    expect(stored).not.to.contain(value.toString('base64'));
    const later = new Secrets(at.fleet, await SecretKeys.open(at.fleet, protector()));
    expect(later.reveal(made).equals(value)).to.equal(true);
    await expectReason(SecretKeys.open(at.fleet, protector('x'.repeat(32))), 'protector_wrong');
  });

  it('are made once, and get a new version with each new value', async () => {
    await secrets.set({ ...named, value }, 'ada');
    await expectReason(secrets.set({ ...named, value: Buffer.from('other') }, 'ada'), 'secret_exists');
    const next = await secrets.rotate({ ...named, value: Buffer.from('second') }, 'bob');
    expect(next).to.include({ version: 2, setBy: 'bob' });
    expect(secrets.reveal(next).toString()).to.equal('second');
    await expectReason(secrets.rotate({ namespace: 'default', name: 'hotkey', value }, 'ada'), 'secret_not_found');
    // The same name in another namespace is another secret.
    await secrets.set({ namespace: 'farm', name: 'coldkey', value }, 'ada');
  });

  it('stay while miners refer to them, unless somebody insists', async () => {
    await secrets.set({ ...named, value }, 'ada');
    addMiner(at.fleet, { name: 'alpha', ...reading('coldkey') });
    addMiner(at.fleet, { name: 'elsewhere', namespace: 'farm', ...reading('coldkey') }, 0, 2);
    await expectReason(secrets.remove(named, false), 'secret_in_use');
    expect(await secrets.remove(named, true)).to.deep.equal(['alpha']);
    await expectReason(secrets.remove(named, true), 'secret_not_found');
  });

  it('are asked for by field where a spec refers to one that its namespace has not', async () => {
    await secrets.set({ ...named, value }, 'ada');
    expect(() => {
      requireSecrets(at.fleet, [sampleSpec(reading('coldkey'))]);
    }).not.to.throw();
    const specs = [sampleSpec(reading('coldkey', 'hotkey')), sampleSpec({ namespace: 'farm', ...reading('coldkey') })];
    expect(() => {
      requireSecrets(at.fleet, specs);
    })
      .to.throw()
      .and.to.deep.include({ reason: 'secret_missing' })
      .and.to.have.property('violations')
      .that.satisfies((violations: readonly { path: string; value: string }[]) => {
        expect(violations.map(({ path, value }) => [path, value])).to.deep.equal([
          ['container.secrets[1].name', 'hotkey'],
          ['container.secrets[0].name', 'coldkey'],
        ]);
        return true;
      });
  });

  it('have an end to their number and size', async () => {
    const large = Buffer.alloc(64 * 1024, 1);
    const one = await secrets.set({ namespace: 'default', name: 's0', value }, 'ada');
    at.fleet.transact((tx) => {
      for (let n = 1; n < 1000; n += 1) tx.putSecret({ ...one, name: `s${String(n)}` });
    });
    await expectReason(secrets.set({ ...named, value }, 'ada'), 'too_many_secrets');
    await secrets.rotate({ namespace: 'default', name: 's0', value: large }, 'ada');
    await secrets.set({ namespace: 'farm', name: 's0', value: large }, 'ada');
  });
});
