import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { HostSecrets } from '../../../../agent/secrets/index.js';
import { NO_SECRETS } from '../../../../agent/secrets/secret-index.js';
import type { SecretIndex } from '../../../../agent/secrets/secret-index.js';
import { SecretsAnswerSchema, SecretsChangedSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { SecretsRequest } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import type { OnRotate } from '../../../../common/model/secret.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { ManualClock } from '../../../support/manual-clock.js';

describe('what is owed to containers of their secrets', () => {
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const heldIn = (asked: SecretsRequest | undefined) =>
    asked?.instances.map(({ serial, valueIds }) => [Number(serial), { ...valueIds }]);

  function begin(onRotate: OnRotate, serials: readonly number[] = [1]) {
    const refs = [{ name: 'a', path: '/run/secrets/a', mode: 0o400, onRotate }];
    const assignments = serials.map((serial) => buildAssignment({ serial, container: { secrets: refs } }));
    const at = {
      clock: new ManualClock(),
      asked: [] as SecretsRequest[],
      signals: [] as string[],
      onSignal: (): Promise<void> => Promise.resolve(),
      onWrite: (): Promise<void> => Promise.resolve(),
      isFull: false,
    };
    const done = (): Promise<void> => Promise.resolve();
    const secrets = new HostSecrets({
      kept: new Map<number, SecretIndex>(serials.map((serial) => [serial, holding('a1')])),
      folder: { prepare: done, write: () => at.onWrite(), give: done, save: done, remove: done },
      runtime: {
        signal: async (_serial, name) => {
          await at.onSignal();
          at.signals.push(name);
        },
      },
      send: (asked) => {
        if (!at.isFull) at.asked.push(asked);
        return !at.isFull;
      },
      onChange: () => undefined,
      clock: at.clock,
      logger: silentLogger,
    });
    secrets.follow(assignments, () => true);
    const answer = async (valueId: string, reason = '', serial = 1): Promise<void> => {
      const values = valueId === '' ? [] : [{ name: 'a', version: 2, valueId, value: Uint8Array.of(7) }];
      const instance = { serial: BigInt(serial), values, reason, text: reason };
      secrets.take({ case: 'secretsAnswer', value: create(SecretsAnswerSchema, { instance }) });
      await settle();
    };
    const changed = (): void => {
      secrets.take({ case: 'secretsChanged', value: create(SecretsChangedSchema, { serials: [1n] }) });
    };
    const standing = () => {
      const [assignment] = assignments;
      if (assignment === undefined) throw new Error('nothing is assigned');
      return secrets.standing(assignment);
    };
    const again = (): void => {
      secrets.follow(assignments, () => true);
    };
    return { at, secrets, answer, changed, standing, again };
  }

  function holding(valueId: string): SecretIndex {
    return { ...NO_SECRETS, values: { a: { valueId, version: 1 } } };
  }

  it('asks with the values that are there when it asks again while an answer is being taken', async () => {
    const { at, answer, changed } = begin('restart');
    changed();
    changed();
    await answer('a2');
    expect(at.asked.map(heldIn)).to.deep.equal([[[1, { a: 'a1' }]], [[1, { a: 'a2' }]]]);
  });

  it('is asked for once in a new session', () => {
    const { at, secrets, again } = begin('none', [1, 2, 3]);
    secrets.sessionBegan();
    again();
    expect(at.asked.map(({ instances }) => instances.length)).to.deep.equal([3]);
  });

  it('is asked for again when there was no room to ask, and when a new value could not be given', async () => {
    const { at, answer, changed } = begin('none');
    at.isFull = true;
    changed();
    at.isFull = false;
    at.clock.advance(30_000);
    expect(at.asked).to.have.length(1);
    await answer('', 'audit_unrecorded');
    at.clock.advance(30_000);
    expect(at.asked).to.have.length(2);
    // One that was removed stays where it is in use.
    await answer('', 'secret_missing');
    at.clock.advance(60_000);
    expect(at.asked).to.have.length(2);
  });

  it('is a restart, though the new value could be put in place only later', async () => {
    const { at, answer, changed, standing } = begin('restart');
    at.onWrite = () => Promise.reject(new Error('no space'));
    changed();
    await answer('a2');
    expect(standing().awaits?.reason).to.equal('secret_unwritable');
    at.onWrite = () => Promise.resolve();
    at.clock.advance(30_000);
    expect(heldIn(at.asked.at(-1))).to.deep.equal([[1, {}]]);
    await answer('a2');
    expect(standing().renewFor?.reason).to.equal('secret_rotated');
  });

  it('is a signal likewise, and none before', async () => {
    const { at, answer, changed } = begin('signal:SIGHUP');
    at.onWrite = () => Promise.reject(new Error('no space'));
    changed();
    await answer('a2');
    expect(at.signals).to.deep.equal([]);
    at.onWrite = () => Promise.resolve();
    at.clock.advance(30_000);
    await answer('a2');
    expect(at.signals).to.deep.equal(['SIGHUP']);
  });

  it('is another signal for a value that came while it was told of the one before', async () => {
    const { at, answer, changed } = begin('signal:SIGHUP');
    let pass = (): void => undefined;
    at.onSignal = () => new Promise((resolve) => (pass = resolve));
    changed();
    await answer('a2');
    changed();
    await answer('a3');
    at.onSignal = () => Promise.resolve();
    pass();
    await settle();
    expect(at.signals).to.deep.equal(['SIGHUP', 'SIGHUP']);
  });
});
