import { X509Certificate, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { joinFleet } from '../../agent/identity/index.js';
import { coordinatorConfigSchema } from '../../common/config/coordinator-config.js';
import { IDENTITY_FILES } from '../../common/config/index.js';
import { AccessService, Role } from '../../common/gen/headframe/v1/access_service_pb.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import { systemClock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Certificates, ChannelSecurity, Client } from '../../common/rpc/index.js';
import { openCoordinator } from '../../coordinator/coordinator.js';
import type { Coordinator } from '../../coordinator/coordinator.js';
import { describeWithDocker } from '../support/docker.js';
import { expectReason } from '../support/expect-reason.js';
import { freePort } from '../support/free-port.js';
import { MemoryStore } from '../support/memory-store.js';
import { RunningFleet, lifeOf } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

/** Of hosts; the settings allow no shorter than an hour, so that the coordinator runs in the test itself. */
const LIFE_MS = 8_000;

describeWithDocker('a fleet whose certificates and authority are replaced under load', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  let coordinator: Coordinator | undefined;
  let channel: Channel | undefined;
  let identity: Certificates;
  let access: Client<typeof AccessService>;
  let calls: Client<typeof FleetService>;
  let first: string;
  let token: string;
  let load: Load | undefined;
  let lives: ReturnType<typeof lifeOf>[];

  before(async () => {
    const listen = `127.0.0.1:${String(await freePort())}`;
    fleet = new RunningFleet(await makeTempDir(), { listen });
    const security = { mode: 'tls' };
    const config = coordinatorConfigSchema.parse({
      ...{ listen, dataDir: fleet.storeFolder, security },
      heartbeatPeriod: '500ms',
    });
    const short = { ...config.security.lives, agentMs: LIFE_MS };
    const process = {
      clock: systemClock,
      random: Math.random,
      newId: randomUUID,
      version: 'test',
      logger: silentLogger,
    };
    const parts = { ...process, store: new MemoryStore() };
    coordinator = await openCoordinator({ ...config, security: { ...config.security, lives: short } }, parts);
    identity = identityOf();
    channel = channelWith({ kind: 'mutual', source: { current: () => identity } });
    access = createClient(AccessService, channel);
    const made = await access.createToken({ role: Role.AGENT, ttlMs: 3_600_000n, uses: 10 });
    [token, first] = [made.credential, made.authority];
    for (const name of ['alpha', 'beta']) {
      await joinBy(name, first);
      await fleet.startAgent(name);
    }
    await fleet.hostsReady(2);
    await fleet.apply({ name: 'steady', replicas: 2, strategy: 'spread' });
    await fleet.running('steady', 2);
    lives = (await fleet.containers('steady')).map(lifeOf);
    calls = createClient(FleetService, channel);
    load = new Load(calls);
  });
  after(async () => {
    await load?.end();
    channel?.close();
    await fleet.close();
    await coordinator?.stop();
  });

  const identityOf = (): Certificates => {
    const read = (name: string): Buffer => readFileSync(join(fleet.storeFolder, 'admin', name));
    const { certificate, key, authorities } = IDENTITY_FILES;
    return { certificate: read(certificate), key: read(key), authorities: read(authorities) };
  };
  const channelWith = (security: ChannelSecurity): Channel =>
    new Channel({ address: fleet.address, security, clock: systemClock });
  const joinBy = (name: string, authority: string): Promise<void> =>
    joinFleet(
      { coordinator: fleet.address, token, authority, again: false },
      { dataDir: fleet.agentFolder(name), hostId: fleet.hostId(name), clock: systemClock },
    );
  const said = async (name: string, words: string): Promise<number> => (await fleet.log(name)).split(words).length - 1;
  const renewalsOf = (name: string): Promise<number> => said(name, 'the certificate was renewed');
  const sessionsOf = (name: string): Promise<number> => said(name, 'connected to the coordinator');
  const former = async () => (await access.getAuthority({})).former;

  async function expectUntouched(sessions: readonly number[]): Promise<void> {
    expect(await Promise.all(['alpha', 'beta'].map(sessionsOf))).to.deep.equal(sessions);
    expect((await fleet.containers('steady')).map(lifeOf)).to.deep.equal(lives);
    const { instances } = await calls.listInstances({ miner: 'steady' });
    expect(instances.map(({ state, restarts }) => [state, restarts])).to.deep.equal([
      [InstanceState.RUNNING, 0],
      [InstanceState.RUNNING, 0],
    ]);
    load?.expectWhole();
  }

  it('renews them again and again, without a call, stream or container that notices', async () => {
    await fleet.until('both to have renewed twice', async () =>
      (await Promise.all(['alpha', 'beta'].map(renewalsOf))).every((count) => count >= 2),
    );
    await expectUntouched([1, 1]);
  });

  it('moves on to a new authority at once, by which new hosts join, and by the old line, too', async () => {
    const rotated = await fleet.headframe(['authority', 'rotate', '--yes', '-o', 'json']);
    expect(rotated.code, rotated.stderr).to.equal(0);
    await fleet.until('both hosts to have moved on', async () => (await former())?.hostCount === 0);
    for (const name of ['alpha', 'beta']) expect(await said(name, 'asks for a renewal'), name).to.equal(1);
    const { current } = await access.getAuthority({});
    expect(current?.digest).not.to.equal(first);
    // Repeated, as after an answer that was lost, it replaces nothing.
    expect((await access.rotateAuthority({ digest: first })).current?.digest).to.equal(current?.digest);
    await joinBy('gamma', current?.digest ?? '');
    await joinBy('delta', first);
    await expectUntouched([1, 1]);
  });

  it('drops the former authority once nobody needs it, and believes nothing of it from then on', async () => {
    await fleet.agent('beta').end('SIGTERM');
    const refused = await fleet.headframe(['authority', 'retire', '--yes']);
    expect(refused.code).not.to.equal(0);
    expect(refused.stderr)
      .to.match(/admin/)
      .and.match(new RegExp(token.slice(0, 10)));
    await access.revokeToken({ id: token.slice(0, 10) });
    const needing = async () => (await former())?.clients;
    expect(await needing()).to.deep.equal(['admin']);
    // Any command that knows the coordinator by the former one alone.
    const ridden = await fleet.headframe(['whoami']);
    expect([ridden.code, ridden.stderr]).to.deep.equal([0, '']);
    expect(await needing()).to.deep.equal([]);
    const old = identity;
    // Its next calls show it; the watch that is open goes on with the older one.
    identity = identityOf();
    await access.rotateAuthority({ digest: first, retire: true });
    expect(await former()).to.equal(undefined);
    // A call of a stranger to the new authority, one by an old certificate, and one by an old line.
    await expectRefused({ kind: 'mutual', source: { current: () => old } }, 'authority_mismatch');
    const knowing = { ...old, authorities: identity.authorities };
    await expectRefused({ kind: 'mutual', source: { current: () => knowing } }, 'unauthenticated');
    await expectRefused({ kind: 'pinned', digest: first }, 'authority_mismatch');
    expect(await sessionsOf('alpha')).to.equal(1);
    load?.expectWhole();
  });

  it('takes a host back whose certificate expired while its agent was away, with all that runs there', async () => {
    const { certificate } = identityIn(join(fleet.agentFolder('beta'), 'identity'));
    const expiresAtMs = Date.parse(new X509Certificate(certificate).validTo);
    await fleet.until('the certificate of beta to expire', () => Date.now() > expiresAtMs + 500);
    const before = await said('beta', '"hadExpired":true');
    await fleet.startAgent('beta');
    await fleet.until('beta to be back', async () => (await sessionsOf('beta')) === 2);
    expect(await said('beta', '"hadExpired":true')).to.equal(before + 1);
    await expectUntouched([1, 2]);
  });

  function identityIn(folder: string): Pick<Certificates, 'certificate'> {
    return { certificate: readFileSync(join(folder, IDENTITY_FILES.certificate)) };
  }

  async function expectRefused(security: ChannelSecurity, reason: string): Promise<void> {
    const stranger = channelWith(security);
    await expectReason(createClient(AccessService, stranger).whoAmI({}), reason);
    stranger.close();
  }
});

/** A watch that stays open and calls that go on all the while. */
class Load {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[];
  readonly #failures: unknown[] = [];
  #calls = 0;
  #ended = 0;
  #synced = false;

  constructor(fleet: Client<typeof FleetService>) {
    this.#running = [this.#call(fleet), this.#watch(fleet)];
  }

  expectWhole(): void {
    expect(this.#failures).to.deep.equal([]);
    expect([this.#ended, this.#synced, this.#calls > 10]).to.deep.equal([0, true, true]);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #call(fleet: Client<typeof FleetService>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await fleet.getFleetStatus({}).then(
        () => (this.#calls += 1),
        (error: unknown) => this.#failures.push(error),
      );
      await systemClock.sleep(50, signal).catch(() => undefined);
    }
  }

  async #watch(fleet: Client<typeof FleetService>): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const { synced } of fleet.watchFleet({}, { signal })) this.#synced ||= synced;
    } catch {
      // Ended, by whomever.
    }
    if (!signal.aborted) this.#ended += 1;
  }
}
