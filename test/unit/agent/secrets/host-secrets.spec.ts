import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { InstanceSecretsSchema, SecretsAnswerSchema } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import type { SecretsRequest } from '../../../../common/gen/headframe/v1/agent_service_pb.js';
import { systemClock } from '../../../../common/model/clock.js';
import type { SecretRef } from '../../../../common/model/secret.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { HostSecrets, openSecretFolder } from '../../../../agent/secrets/index.js';
import { buildAssignment } from '../../../support/build-assignment.js';
import { waitFor } from '../../../support/wait-for.js';

describe('the secrets of a host', () => {
  const never = (): boolean => false;
  const ref = (name: string, more: Partial<SecretRef> = {}): SecretRef => ({
    name,
    path: `/run/secrets/${name}`,
    mode: 0o400,
    onRotate: 'none',
    ...more,
  });
  const reading = (...secrets: readonly SecretRef[]) => buildAssignment({ serial: 7, container: { secrets } });
  let memory: string;
  let root: string;

  beforeEach(async () => {
    memory = await mkdtemp('/dev/shm/headframe-test-');
    root = join(memory, 'secrets');
  });
  afterEach(() => rm(memory, { recursive: true, force: true }));

  async function open(folder = root) {
    const at = { asked: [] as SecretsRequest[], signals: [] as string[], changes: 0, connected: true };
    const runtime = {
      signal: async (_serial: number, name: string) => {
        await Promise.resolve();
        at.signals.push(name);
      },
      ownerOf: () => Promise.resolve({ user: String(process.getuid?.() ?? 0), firstUid: 0 }),
    };
    const secrets = new HostSecrets({
      ...(await openSecretFolder(folder, 'host-1')),
      runtime,
      send: (request) => {
        if (at.connected) at.asked.push(request);
        return at.connected;
      },
      onChange: () => {
        at.changes += 1;
      },
      clock: systemClock,
      logger: silentLogger,
    });
    const give = (values: Readonly<Record<string, string>>, version = 1, reason = ''): void => {
      const given = Object.entries(values).map(([name, text]) => ({
        ...{ name, version, valueId: `${name}-${String(version)}` },
        value: Uint8Array.from(Buffer.from(text)),
      }));
      const instance = create(InstanceSecretsSchema, { serial: 7n, values: given, reason, text: reason });
      secrets.take({ case: 'secretsAnswer', value: create(SecretsAnswerSchema, { instance }) });
    };
    return { at, secrets, give };
  }

  const file = (name: string): string => join(root, 'host-1', '7', '0', name);
  const ready = (secrets: HostSecrets, assignment: ReturnType<typeof reading>): Promise<unknown> =>
    waitFor('the secrets', () => Object.keys(secrets.standing(assignment)).length === 0);

  it('are asked for, waited for, and then there, for the agent and the user of the container alone', async () => {
    const { at, secrets, give } = await open();
    const assignment = reading(ref('a'), ref('b'));
    secrets.follow([assignment], never);
    expect(secrets.standing(assignment).awaits?.reason).to.equal('secret_awaited');
    await waitFor('a request', () => at.asked.length === 1);
    give({ a: 'value of a' }, 1, 'secret_missing');
    await waitFor('the answer', () => secrets.standing(assignment).awaits?.reason === 'secret_missing');
    give({ b: 'value of b' });
    await ready(secrets, assignment);
    expect(await readFile(file('a'), 'utf8')).to.equal('value of a');
    expect((await stat(file('b'))).mode & 0o777).to.equal(0o400);
    for (const folder of ['', 'host-1', 'host-1/7']) expect((await stat(join(root, folder))).mode & 0o77).to.equal(0);
    await secrets.close();
  });

  it('take the place of older values in the same folder, and the container is told once', async () => {
    const { at, secrets, give } = await open();
    const assignment = reading(ref('a', { onRotate: 'signal:SIGHUP' }), ref('b', { onRotate: 'restart' }));
    secrets.follow([assignment], never);
    give({ a: 'first', b: 'other' });
    await ready(secrets, assignment);
    await secrets.beforeStart(assignment, AbortSignal.timeout(1000));
    const { ino } = await stat(join(root, 'host-1', '7', '0'));
    give({ a: 'second' }, 2);
    await waitFor('the signal', () => at.signals.length > 0);
    expect(await readFile(file('a'), 'utf8')).to.equal('second');
    expect(await readFile(file('b'), 'utf8')).to.equal('other');
    expect((await stat(join(root, 'host-1', '7', '0'))).ino).to.equal(ino);
    give({ b: 'another' }, 2);
    await waitFor('the restart', () => secrets.standing(assignment).renewFor?.reason === 'secret_rotated');
    // What starts has read the newest.
    await secrets.beforeStart(assignment, AbortSignal.timeout(1000));
    expect(secrets.standing(assignment)).to.deep.equal({});
    expect(at.signals).to.deep.equal(['SIGHUP']);
    await secrets.close();
  });

  it('are known again by the next run of the agent, which asks for what is new alone', async () => {
    const before = await open();
    const assignment = reading(ref('a', { onRotate: 'restart' }));
    before.secrets.follow([assignment], never);
    before.give({ a: 'first' });
    await ready(before.secrets, assignment);
    before.give({ a: 'second' }, 2);
    await waitFor('the restart', () => before.secrets.standing(assignment).renewFor !== undefined);
    await before.secrets.close();

    const { at, secrets } = await open();
    secrets.sessionBegan();
    secrets.follow([assignment], never);
    // Nothing is forgotten of what the container was to get.
    expect(secrets.standing(assignment).renewFor?.reason).to.equal('secret_rotated');
    expect(at.asked.map(({ instances }) => instances.map(({ valueIds }) => valueIds))).to.deep.equal([[{ a: 'a-2' }]]);
    await secrets.close();
  });

  it('go with their instance, unless its container may run', async () => {
    const { secrets, give } = await open();
    const assignment = reading(ref('a'));
    secrets.follow([assignment], never);
    give({ a: 'first' });
    await ready(secrets, assignment);
    secrets.follow([], () => true);
    expect(await readdir(join(root, 'host-1'))).to.deep.equal(['7']);
    await secrets.close();
    // The next run of the agent finds what is left.
    const next = await open();
    next.secrets.follow([], never);
    await waitFor('the sweep', async () => (await readdir(join(root, 'host-1'))).length === 0);
    await next.secrets.close();
  });

  it('are not asked for where they would lie on a disk, or others could write', async () => {
    const disk = await mkdtemp(join(import.meta.dirname, 'on-disk-'));
    try {
      const { at, secrets } = await open(disk);
      const assignment = reading(ref('a'));
      secrets.follow([assignment], never);
      await waitFor('the refusal', () => secrets.standing(assignment).awaits?.reason === 'secret_store_unsafe');
      expect(at.asked).to.deep.equal([]);
      await secrets.close();
    } finally {
      await rm(disk, { recursive: true, force: true });
    }
  });
});
