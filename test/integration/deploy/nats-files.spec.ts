import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { coordinatorConfigSchema } from '../../../common/config/coordinator-config.js';
import { FleetService } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import { runCoordinator } from '../../../coordinator/main.js';
import { freePort } from '../../support/free-port.js';
import { adminCertificates, securityBy } from '../../support/host-certificates.js';
import { wireModel } from '../../support/model-manifest.js';
import { describeWithNatsCluster } from '../../support/nats-cluster.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';

const ROOT = join(import.meta.dirname, '../../..');
// With all of nats.conf in it.
const CONFIG = join(ROOT, 'deploy/nats/leaf.conf');
const HUB_CONFIG = join(ROOT, 'deploy/nats/hub.conf');
const CERTIFICATE = join(ROOT, 'test/support/tls/certificate.pem');
const KEY = join(ROOT, 'test/support/tls/key.pem');
const NAMES = ['n1', 'n2', 'n3'];
const START_MS = 30_000;

describeWithNatsCluster('NATS servers with the files of deploy/nats', function () {
  this.timeout(60_000);
  let servers: DeployedServers;
  before(async () => {
    servers = await DeployedServers.start();
  });
  after(() => servers[Symbol.asyncDispose]());

  it('give a coordinator all that it needs, and another after it, and refuse them nothing', async () => {
    await using temp = await makeTempDir();
    await servers.coordinate(temp.path, 'one', 'one', async (client) => {
      await client.applyMiners({ miners: [wireModel('parrot')] });
    });
    await servers.coordinate(temp.path, 'two', 'one', async (client) => {
      const [archive = ''] = await readdir(join(temp.path, 'one', 'modules', 'content'));
      const upload = `sha256:${archive.replace('.tar', '')}`;
      await client.applyMiners({ miners: [wireModel('cockatoo', { upload })] });
      expect((await client.listMiners({})).miners).to.have.length(2);
    });
    expect(await servers.violations()).to.deep.equal([]);
  });

  it('let the coordinator’s user at no other stream, and remove none', async () => {
    const coordinator = await servers.as('coordinator');
    const subjects = ['$JS.API.STREAM.DELETE.HEADFRAME_main', '$JS.API.STREAM.CREATE.OTHER', '$JS.API.STREAM.LIST'];
    for (const subject of subjects) coordinator.publish(subject, '{}');
    await servers.refuses('coordinator', subjects);
    await coordinator.close();
  });

  it('let readers of metrics read them, and neither read nor write anything else', async () => {
    const coordinator = await servers.as('coordinator');
    const reader = await servers.as('metrics');
    const heard: string[] = [];
    const hear = (subject: string): void => {
      reader.subscribe(subject, { callback: (error, message) => error === null && heard.push(message.subject) });
    };
    hear('headframe.v1.metrics.>');
    await reader.flush();
    const journal = await servers.journalLength();
    const others = ['headframe.main.>', 'headframe.v1.events.>', '$JS.API.>', '>'];
    for (const subject of others) hear(subject);
    const writes = ['headframe.main.journal', 'headframe.v1.metrics.host.h', '$JS.API.STREAM.MSG.GET.HEADFRAME_main'];
    for (const subject of writes) reader.publish(subject, '{"seq":1}');
    await servers.refuses('metrics', [...others, ...writes]);
    await waitFor('what is published', async () => {
      coordinator.publish('headframe.v1.metrics.host.h', 'its');
      coordinator.publish('headframe.v1.events.host.h', 'its');
      await Promise.all([coordinator.flush(), reader.flush()]);
      return heard.length > 0;
    });
    expect(new Set(heard)).to.deep.equal(new Set(['headframe.v1.metrics.host.h']));
    expect(await servers.journalLength()).to.equal(journal);
    await Promise.all([reader.close(), coordinator.close()]);
  });

  it('pass the metrics of a region to a hub once, whichever server they come to, and hear nothing of it', async () => {
    const reader = await servers.connect([servers.hub], 'metrics', 'm0');
    const inRegion = await servers.as('metrics');
    const [heard, heardInRegion]: [string[], string[]] = [[], []];
    const hear = (where: NatsConnection, subject: string, subjects: string[]): void => {
      where.subscribe(subject, { callback: (_, message) => subjects.push(message.subject) });
    };
    hear(reader, '*.headframe.v1.metrics.>', heard);
    hear(inRegion, 'headframe.v1.metrics.>', heardInRegion);
    await Promise.all([reader.flush(), inRegion.flush()]);
    const each = await Promise.all(servers.places.map((place) => servers.connect([place], 'coordinator', 'c0')));
    const hosts = each.map((_, at) => `host-${String(at)}`);
    const publish = async (ids: readonly string[]): Promise<void> => {
      for (const [at, id] of ids.entries()) each[at]?.publish(`headframe.v1.metrics.host.${id}`, 'its');
      for (const connection of each) connection.publish('headframe.v1.events.host.h', 'its');
      await Promise.all(each.map((connection) => connection.flush()));
    };
    // That somebody at the hub wants to hear has to come round first.
    await waitFor('metrics of each server', async () => {
      await publish(['early-0', 'early-1', 'early-2']);
      return new Set(heard).size === NAMES.length;
    });
    const region = await servers.connect([servers.hub], 'eu', 'e0');
    region.publish('headframe.v1.metrics.host.foreign', 'its');
    await publish(hosts);
    await waitFor('what came last', () => heard.filter((subject) => subject.includes('.host.host-')).length >= 3);
    const isOf = (id: string) => (subject: string) => subject.endsWith(`.${id}`);
    expect(hosts.map((id) => heard.filter(isOf(id)))).to.deep.equal(
      hosts.map((id) => [`eu.headframe.v1.metrics.host.${id}`]),
    );
    expect(heard.filter((subject) => subject.includes('events'))).to.deep.equal([]);
    expect(heardInRegion.filter(isOf('foreign'))).to.deep.equal([]);
    await Promise.all([reader, inRegion, region, ...each].map((connection) => connection.close()));
  });

  it('let nobody in who has no password, or speaks in clear', async () => {
    const failure = async (work: Promise<NatsConnection>): Promise<string> =>
      work.then(
        () => 'none',
        (error: unknown) => String(error),
      );
    expect(await failure(servers.as('coordinator', 'wrong'))).to.match(/Authorization/i);
    const clear = connect({ servers: servers.url('').replaceAll('tls://', ''), tls: null, maxReconnectAttempts: 0 });
    expect(await failure(clear)).not.to.equal('none');
  });
});

/** Three servers on loopback, by the very files that operators take; what differs is in their environment. */
class DeployedServers implements AsyncDisposable {
  readonly #folder: Awaited<ReturnType<typeof makeTempDir>>;
  readonly #children: ChildProcess[] = [];
  readonly #ports: number[] = [];
  readonly #monitorUrls: string[] = [];
  #hub = '';
  #leafPlace = '';

  constructor(folder: Awaited<ReturnType<typeof makeTempDir>>) {
    this.#folder = folder;
  }

  static async start(): Promise<DeployedServers> {
    const servers = new DeployedServers(await makeTempDir());
    await servers.#spawnHub();
    const routes = await Promise.all(NAMES.map(async () => `127.0.0.1:${String(await freePort())}`));
    for (const [index, name] of NAMES.entries()) await servers.#spawn(name, routes[index] ?? '', routes);
    await waitFor(
      'the servers',
      async () => (await Promise.all(servers.#monitorUrls.map((url) => fetch(`${url}/healthz`)))).every(({ ok }) => ok),
      START_MS,
    );
    return servers;
  }

  /** Where metrics of regions are to arrive. */
  async #spawnHub(): Promise<void> {
    const [port, leafPort] = [await freePort(), await freePort()];
    this.#hub = `127.0.0.1:${String(port)}`;
    this.#leafPlace = `127.0.0.1:${String(leafPort)}`;
    const env = {
      ...{ NATS_NAME: 'hub', NATS_LISTEN: this.#hub, NATS_LEAF_LISTEN: this.#leafPlace },
      ...{ NATS_CERTIFICATE: CERTIFICATE, NATS_KEY: KEY, NATS_CA: CERTIFICATE, NATS_METRICS_PASSWORD: 'm0' },
      ...{ NATS_REGION_EU_PASSWORD: 'e0', NATS_REGION_US_PASSWORD: 'u0' },
    };
    this.#run('hub', HUB_CONFIG, env);
  }

  async #spawn(name: string, route: string, routes: readonly string[]): Promise<void> {
    const [port, monitorPort] = [await freePort(), await freePort()];
    const home = join(this.#folder.path, name);
    await mkdir(home);
    const all = Object.fromEntries(routes.map((one, at) => [`NATS_ROUTE_${String(at + 1)}`, `nats-route://${one}`]));
    const env = {
      ...{ NATS_NAME: name, NATS_LISTEN: `127.0.0.1:${String(port)}`, NATS_ROUTE_LISTEN: route, ...all },
      ...{ NATS_MONITOR: `127.0.0.1:${String(monitorPort)}`, NATS_STORE: home, NATS_MAX_STORE: '1GB' },
      ...{ NATS_CERTIFICATE: CERTIFICATE, NATS_KEY: KEY, NATS_CA: CERTIFICATE },
      ...{ NATS_COORDINATOR_PASSWORD: 'c0', NATS_METRICS_PASSWORD: 'm0', NATS_OPERATOR_PASSWORD: 'o0' },
      ...{ NATS_HUB: `tls://eu:e0@${this.#leafPlace}`, NATS_HUB_CA: CERTIFICATE },
    };
    this.#run(name, CONFIG, env);
    this.#ports.push(port);
    this.#monitorUrls.push(`http://127.0.0.1:${String(monitorPort)}`);
  }

  #run(name: string, config: string, env: Readonly<Record<string, string>>): void {
    const log = openSync(join(this.#folder.path, `${name}.log`), 'a');
    const program = process.env.HEADFRAME_TEST_NATS_SERVER ?? '';
    this.#children.push(spawn(program, ['-c', config], { env, stdio: ['ignore', log, log] }));
    closeSync(log);
  }

  /** `host:port` of the hub of all regions. */
  get hub(): string {
    return this.#hub;
  }

  /** `host:port` of each of the three. */
  get places(): string[] {
    return this.#ports.map((port) => `127.0.0.1:${String(port)}`);
  }

  /** Of all, with user and password. */
  url(user: string): string {
    const before = user === '' ? '' : `${user}@`;
    return this.#ports.map((port) => `tls://${before}127.0.0.1:${String(port)}`).join(',');
  }

  as(user: 'coordinator' | 'metrics', pass = user === 'coordinator' ? 'c0' : 'm0'): Promise<NatsConnection> {
    return this.connect(this.places, user, pass);
  }

  connect(servers: string[], user: string, pass: string): Promise<NatsConnection> {
    // The library takes the name of a server that is called by its address for localhost.
    const tls = { caFile: CERTIFICATE, checkServerIdentity: () => undefined };
    return connect({ servers, user, pass, tls, reconnect: false });
  }

  /** Runs a coordinator for as long as `use` takes, called as the admin that `admin` has made. */
  async coordinate(
    folder: string,
    name: string,
    admin: string,
    use: (client: ReturnType<typeof createClient<typeof FleetService>>) => Promise<void>,
  ): Promise<void> {
    const keyFile = join(folder, 'key');
    await writeFile(keyFile, 'k'.repeat(32));
    const nats = { servers: this.url('coordinator:c0'), caFile: CERTIFICATE, monitorUrls: this.#monitorUrls };
    const address = `127.0.0.1:${String(await freePort())}`;
    const config = coordinatorConfigSchema.parse({
      ...{ listen: address, dataDir: join(folder, name), log: { level: 'silent' }, security: { keyFile } },
      store: { kind: 'jetstream', jetstream: { ...nats, leadershipTtl: '1s' } },
    });
    const stop = new AbortController();
    const ended = runCoordinator(config, () => config, stop.signal);
    ended.catch(() => undefined);
    try {
      const certificates = waitFor('an admin', () => adminCertificates(join(folder, admin)), START_MS);
      const failed = ended.then((code) => expect.fail(`it ended with ${String(code)}`));
      const channel = new Channel({
        ...{ address, security: securityBy(await Promise.race([certificates, failed])), clock: systemClock },
      });
      const client = createClient(FleetService, channel);
      await waitFor('one that leads', async () => (await client.getFleetStatus({})).version !== '', START_MS);
      await use(client);
      channel.close();
    } finally {
      stop.abort();
      await ended;
    }
  }

  /** What servers have written of calls that they refused. */
  async violations(): Promise<string[]> {
    const logs = await Promise.all(NAMES.map((name) => readFile(join(this.#folder.path, `${name}.log`), 'utf8')));
    return logs.flatMap((log) => log.split('\n').filter((line) => /violation/i.test(line)));
  }

  /** Waits until they have refused a user each of the subjects, as they write. */
  async refuses(user: string, subjects: readonly string[]): Promise<void> {
    await waitFor('refusals', async () => {
      const told = (await this.violations()).filter((line) => line.includes(`/user:${user}"`));
      return subjects.every((subject) => told.some((line) => line.includes(`Subject "${subject}"`)));
    });
  }

  async journalLength(): Promise<number> {
    const coordinator = await this.as('coordinator');
    const { data } = await coordinator.request('$JS.API.STREAM.INFO.HEADFRAME_main');
    await coordinator.close();
    // The server's own words, of which one number is looked at.
    return (JSON.parse(Buffer.from(data).toString()) as { state: { messages: number } }).state.messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await this.#folder[Symbol.asyncDispose]();
  }
}
