import { expect } from 'chai';
import { inspect } from 'node:util';
import { readStatus } from '../../agent/status-socket.js';
import { programVersion } from '../../common/model/version.js';
import { LOG_FORMAT } from '../../coordinator/store/jetstream/log-message.js';
import { ensureOlderVersion, olderVersionMissing } from '../../deploy/tooling/older-version.mjs';
import { CoordinatorPair, PAIR_CLUSTER } from '../support/coordinator-pair.js';
import { describeWith } from '../support/describe-with.js';
import { noDocker } from '../support/docker.js';
import { openOnServers } from '../support/jetstream-store.js';
import { manifestOf } from '../support/manifest.js';
import type { ManifestParts } from '../support/manifest.js';
import { natsUrl } from '../support/nats.js';
import type { ProgramPlace } from '../support/program.js';
import { lifeOf } from '../support/running-fleet.js';
import type { RunningFleet } from '../support/running-fleet.js';

const noServers = natsUrl === '' ? 'no NATS server: HEADFRAME_TEST_NATS_URL is not set' : undefined;
const noOlder = olderVersionMissing();
const leader = { role: 'leader' };
const follower = { role: 'follower' };
const present = { version: programVersion() };
const from = noOlder === undefined ? 'an older version' : 'this version';

describeWith(noDocker ?? noServers)(
  `coordinators that are upgraded one after the other, from ${from} to this one`,
  function () {
    this.timeout(240_000);
    let older: { readonly place: ProgramPlace; readonly version: string; readonly logFormat: number };

    before(async () => {
      if (noOlder !== undefined) {
        older = { place: {}, logFormat: LOG_FORMAT, ...present };
        return;
      }
      const { dist, ...facts } = await ensureOlderVersion();
      older = { place: { dist }, ...facts };
    });

    // Without a history nobody has an older version: the same is tried with two of this one.
    if (noOlder !== undefined) it.skip(`are of versions that really differ (skipped: ${noOlder})`);

    it('take over from each other, there and back, and leave records, watches and containers as they are, with agents of both', async () => {
      const { place } = older;
      await using pair = await CoordinatorPair.open({ alpha: {}, beta: { place } }, place);
      const { fleet, second } = pair;
      const ancient = { version: older.version };
      await using following = fleet.following(['events', '-f', '-o', 'json', '--since-revision', '0', ...pair.both]);
      await fleet.apply({ name: 'steady', replicas: 4, strategy: 'spread' }, holderOn('alpha'), holderOn('beta'));
      for (const [name, count] of Object.entries({ steady: 4, 'holder-alpha': 1, 'holder-beta': 1 }))
        await fleet.running(name, count);
      const containers = async () => (await fleet.containers()).map(lifeOf);
      const lives = await containers();
      expect(lives).to.have.length(6);
      const unchanged = async (): Promise<void> => {
        await fleet.hostsReady(2);
        expect(await containers()).to.deep.equal(lives);
      };
      const change = async (name: string, address: string): Promise<void> => {
        const args = ['apply', '-f', '-', '--address', address];
        const { code, stderr } = await fleet.headframe(args, manifestOf({ name, replicas: 0 }));
        expect(code, stderr).to.equal(0);
      };

      pair.startSecond();
      await pair.become({ first: { ...leader, ...ancient }, second: { ...follower, ...present } });
      await change('through-the-newer', second);
      const before = await recordsOf(fleet);
      await pair.handOver();
      await pair.become({ first: follower, second: leader });
      await unchanged();
      expect(await recordsOf(fleet)).to.deep.equal(before);
      await change('through-the-older', fleet.address);

      // The way back: over what the newer has written.
      const between = await recordsOf(fleet);
      await pair.handOver();
      if (older.logFormat < LOG_FORMAT) {
        await pair.become({ first: { ...follower, text: `format ${String(LOG_FORMAT)}` }, second: leader });
      } else {
        await pair.become({ first: leader, second: follower });
        await unchanged();
        expect(await recordsOf(fleet)).to.deep.equal(between);
        await change('by-the-older-again', second);
        await pair.handOver();
        await pair.become({ first: follower, second: leader });
      }

      const last = await recordsOf(fleet);
      await fleet.coordinator.end('SIGTERM');
      for (const name of fleet.agentNames)
        await fleet.until(`${name} to be with the other, which it was not given`, async () => {
          const { connected, coordinator } = await readStatus(fleet.agentFolder(name));
          return connected && coordinator === second;
        });
      // It says where it listens once it leads.
      const restarted = fleet.startCoordinator({});
      await pair.become({ first: { ...follower, ...present }, second: leader });
      await pair.handOver();
      await restarted;
      await pair.become({ first: leader, second: follower });
      await unchanged();
      expect(await recordsOf(fleet)).to.deep.equal(last);
      // Agents come last.
      await fleet.agent('beta').end('SIGTERM');
      await fleet.startAgent('beta', { place: {} });
      await fleet.until(
        'the agent of this version',
        async () => (await fleet.host('beta')).agentVersion === present.version,
      );
      await change('to-the-end', second);
      await unchanged();

      await fleet.until('the last to be told', () => following.stdout.includes('"to-the-end"'));
      expect(await following.interrupt()).to.equal(0);
      const { stdout } = await fleet.headframe(['events', '-o', 'json', '--since-revision', '0', ...pair.both]);
      const told = linesOf(following.stdout);
      expect(told).to.deep.equal(linesOf(stdout).slice(0, told.length));
      for (const name of ['through-the-newer', 'through-the-older']) expect(told.join('\n')).to.include(`"${name}"`);
    });

    it('of which the older stands by and says why, once a later form of the journal was led by', async () => {
      const { place } = older;
      await using pair = await CoordinatorPair.open({}, place);
      const { fleet, server } = pair;
      await fleet.apply({ name: 'kept', replicas: 0 });
      await fleet.coordinator.end('SIGTERM');
      const store = openOnServers(server.url, PAIR_CLUSTER, { format: older.logFormat + 1 });
      const found = await store.load();
      expect(found.documents.get('miner')?.has('kept')).to.equal(true);
      await store.close();

      pair.startSecond(place);
      const { version } = older;
      await pair.become({ first: {}, second: { ...follower, version, text: `format ${String(older.logFormat + 1)}` } });
      const again = openOnServers(server.url, PAIR_CLUSTER, { format: older.logFormat + 1 });
      expect((await again.load()).epoch).to.equal(found.epoch + 1);
      await again.close();
    });
  },
);

/** A miner whose instance is the only one of its identity, on a host. */
function holderOn(host: string): ManifestParts {
  const constraints = [{ attribute: 'host.name', values: [host] }];
  return { name: `holder-${host}`, identity: `hotkey-${host}`, constraints };
}

/** What both versions tell of the records, a line each, without what is measured anew. */
async function recordsOf(fleet: RunningFleet): Promise<readonly string[]> {
  const { miners } = await fleet.fleet.listMiners({ pageSize: 1000 });
  const { instances } = await fleet.fleet.listInstances({ includeEnded: true, pageSize: 1000 });
  const { hosts } = await fleet.hosts.listHosts({ pageSize: 1000 });
  const records = [
    ...miners.map(({ spec, specRevision, createdAtMs, counts }) => ({ spec, specRevision, createdAtMs, counts })),
    ...instances.map(({ id, hostId, state, reason, restarts, containerId }) => {
      return { id, hostId, state, reason, restarts, containerId };
    }),
    ...hosts.map(({ id, name, labels }) => ({ id, name, labels })),
  ];
  return records.map((record) => inspect(record, { depth: 8, breakLength: Infinity, sorted: true }));
}

/** Of what may end amid a line. */
function linesOf(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
}
