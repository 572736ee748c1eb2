import { expect } from 'chai';
import { join } from 'node:path';
import { CoordinatorRole, CoordinatorService } from '../../../common/gen/headframe/v1/coordinator_service_pb.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { expectReason } from '../../support/expect-reason.js';
import { FakeAgent } from '../../support/fake-agent.js';
import { freePort } from '../../support/free-port.js';
import { describeWithNats } from '../../support/nats.js';
import { startJetStream } from '../../support/nats-jetstream.js';
import { Program } from '../../support/program.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

/** Most that the fleet may do without a leader: what was placed next is durable by then. */
const FAILOVER_MS = 10_000;
const TTL_MS = 5_000;
/** How long an event loop stands still, in milliseconds, and after how long a coordinator counts as hung. */
const STALL_MS = Number(process.env.HEADFRAME_TEST_STALL_MS ?? 3_000);
const HUNG_MS = 30_000;

/** Has the event loop of a program stand still for `STALL_MS` at SIGUSR2. */
const STALLING = `--import="data:text/javascript,${encodeURIComponent(
  `process.on('SIGUSR2',()=>{for(const end=performance.now()+${String(STALL_MS)};performance.now()<end;);})`,
)}"`;

/** A coordinator as a process of its own, called in clear. */
class Member implements AsyncDisposable {
  readonly address: string;
  readonly program: Program;
  readonly #channel: Channel;
  readonly coordinator;
  readonly fleet;

  constructor(folder: string, address: string, servers: string, ttlMs = TTL_MS) {
    this.address = address;
    const name = address.replace(/^.*:/, '');
    const store = ['--store-kind', 'jetstream', '--store-jetstream-servers', servers];
    const lax = ['--store-jetstream-replicas', '1', '--store-jetstream-accept-durability', 'async'];
    const lease = ['--store-jetstream-leadership-ttl', `${String(ttlMs)}ms`];
    const own = ['--listen', address, '--data-dir', join(folder, name), '--heartbeat-period', '500ms'];
    const args = ['coordinator', 'start', '--insecure-loopback', ...own, ...store, ...lax, ...lease];
    this.program = new Program(args, join(folder, `${name}.log`), { env: { NODE_OPTIONS: STALLING } });
    this.#channel = new Channel({ address, security: { kind: 'plaintext' }, clock: systemClock });
    this.coordinator = createClient(CoordinatorService, this.#channel);
    this.fleet = createClient(FleetService, this.#channel);
  }

  /** Waits until it has the role; gives its epoch. */
  has(role: CoordinatorRole): Promise<number> {
    return waitFor('the role', async () => {
      const told = await this.coordinator.getCoordinator({}, { timeoutMs: 1_000 });
      return told.role === role ? Number(told.epoch) + 1 : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#channel.close();
    await this.program.end('SIGKILL');
  }
}

describeWithNats('coordinators of one store, as processes', () => {
  it('pass on a fleet when one stands still or is killed, and the one that goes on again is nobody’s leader', async () => {
    await using server = await startJetStream();
    await using folder = await makeTempDir();
    const start = async () => new Member(folder.path, `127.0.0.1:${String(await freePort())}`, server.url);
    await using first = await start();
    const epochs = [await first.has(CoordinatorRole.LEADER)];
    await using second = await start();
    await second.has(CoordinatorRole.FOLLOWER);
    const apply = (member: Member, name: string) =>
      member.fleet.applyMiners({ miners: [wireSpec({ name, replicas: 2 })] }, { timeoutMs: 1_000 });
    const agent = await FakeAgent.connect(first.address, 'host-1');
    await apply(first, 'lantern');
    await waitFor('instances', () => agent.held.size === 2);
    const answered = agent.answeredHeartbeats;
    await waitFor('heartbeats to be answered', () => agent.answeredHeartbeats > answered);

    first.program.signal('SIGSTOP');
    const stoppedAtMs = performance.now();
    await waitFor('the next placement', () => apply(second, 'heron').catch(() => undefined));
    expect(performance.now() - stoppedAtMs).to.be.below(FAILOVER_MS);
    epochs.push(await second.has(CoordinatorRole.LEADER));
    const heir = await FakeAgent.connect(second.address, 'host-1', { hello: { held: [...agent.held.keys()] } });
    await waitFor('the same instances and the new ones', () => heir.held.size === 4);
    expect([...heir.held.keys()]).to.include.members([...agent.held.keys()]);

    // It is asked from the moment it goes on, and its agent waits for an answer to what it sent meanwhile.
    await waitFor('the lease to be over', () => performance.now() - stoppedAtMs > TTL_MS);
    const before = agent.answeredHeartbeats;
    const asked = first.fleet.listMiners({});
    const applied = first.fleet.applyMiners({ miners: [wireSpec({ name: 'ghost' })] });
    const refused = [expectReason(asked, 'not_leader'), expectReason(applied, 'not_leader')];
    first.program.signal('SIGCONT');
    await Promise.all(refused);
    await first.has(CoordinatorRole.FOLLOWER);
    expect(agent.answeredHeartbeats).to.equal(before);
    await agent.close();

    await second.program.end('SIGKILL');
    await heir.close();
    const killedAtMs = performance.now();
    await waitFor('the next placement', () => apply(first, 'marten').catch(() => undefined));
    expect(performance.now() - killedAtMs).to.be.below(FAILOVER_MS);
    epochs.push(await first.has(CoordinatorRole.LEADER));
    const { miners } = await first.fleet.listMiners({});
    expect(miners.map(({ spec }) => spec?.name)).to.have.members(['lantern', 'heron', 'marten']);
    expect(epochs).to.deep.equal([...new Set(epochs)].sort((a, b) => a - b));
  });

  it('keep one whose event loop stands still for longer than its lease, and replace one that hangs', async () => {
    await using server = await startJetStream();
    await using folder = await makeTempDir();
    const ttlMs = STALL_MS < HUNG_MS ? STALL_MS / 2 : TTL_MS;
    const start = async () => new Member(folder.path, `127.0.0.1:${String(await freePort())}`, server.url, ttlMs);
    await using first = await start();
    const epoch = await first.has(CoordinatorRole.LEADER);
    await using second = await start();
    await second.has(CoordinatorRole.FOLLOWER);
    const stalledAtMs = performance.now();
    first.program.signal('SIGUSR2');
    const late = first.fleet.applyMiners({ miners: [wireSpec({ name: 'lantern' })] }, { timeoutMs: 2 * STALL_MS });
    if (STALL_MS < HUNG_MS) {
      await late;
      expect(performance.now() - stalledAtMs).to.be.above(STALL_MS);
      // An epoch is begun by each that leads: nobody has led between.
      expect(await first.has(CoordinatorRole.LEADER)).to.equal(epoch);
      return;
    }
    await expectReason(late, 'not_leader');
    await first.has(CoordinatorRole.FOLLOWER);
    expect(await second.has(CoordinatorRole.LEADER)).to.be.above(epoch);
    const { miners } = await second.fleet.listMiners({});
    expect(miners).to.deep.equal([]);
  });
});
