import { expect } from 'chai';
import type { AutoscaleStatus } from '../../common/gen/headframe/v1/autoscale_pb.js';
import type { Event } from '../../common/gen/headframe/v1/event_pb.js';
import { describeWithDocker } from '../support/docker.js';
import { expectReason } from '../support/expect-reason.js';
import { script } from '../support/manifest.js';
import { describeWithNats, natsUrl } from '../support/nats.js';
import { RawNats } from '../support/raw-nats.js';
import { RunningFleet } from '../support/running-fleet.js';

const WINDOW_MS = 5000;
const down = { stabilisationWindow: `${String(WINDOW_MS)}ms` };
const SERVES = 'mkdir -p /tmp/w && echo "queue 10" > /tmp/w/metrics && exec httpd -f -p 9100 -h /tmp/w';

describeWithDocker('replicas that follow the load', function () {
  this.timeout(60_000);
  describeWithNats('by what miners use, serve and publish', () => {
    let fleet: RunningFleet;
    let client: RawNats;
    const subject = `test.${String(process.pid)}.queue`;
    before(async () => {
      const flags = ['--nats-url', natsUrl, '--usage-interval', '1s', '--autoscale-interval', '1s'];
      fleet = await RunningFleet.open({ alpha: { cpu: '8' } }, { coordinator: flags });
      client = await RawNats.listen(natsUrl, []);
      await fleet.until('NATS', async () => (await fleet.fleet.getFleetStatus({})).natsConnected);
    });
    after(async () => {
      client.close();
      await fleet.close();
    });

    async function status(miner: string): Promise<AutoscaleStatus> {
      const { autoscale } = await fleet.miner(miner);
      if (autoscale === undefined) throw new Error(`${miner} is not autoscaled`);
      return autoscale;
    }

    function decided(miner: string, reason: string): Promise<AutoscaleStatus> {
      return fleet.until(`${miner} to be decided ${reason}`, async () => {
        const found = await status(miner);
        return found.reason === reason && found;
      });
    }

    function desired(miner: string, count: number): Promise<AutoscaleStatus> {
      return fleet.until(`${String(count)} of ${miner} to be wanted`, async () => {
        const found = await status(miner);
        return found.desired === count && found;
      });
    }

    async function stepsOf(miner: string): Promise<Event[]> {
      const steps: Event[] = [];
      for await (const { events } of fleet.fleet.streamEvents({ miner }))
        steps.push(...events.filter(({ reason }) => reason === 'miner_scaled'));
      return steps;
    }

    /** Has every instance serve this line, once so many run. */
    async function serve(count: number, line: string): Promise<void> {
      for (const { containerId } of await fleet.running('served', count))
        await fleet.engine.shell(containerId, `echo "${line}" > /tmp/w/metrics`);
    }

    it('go up by a value that instances serve, hold with their why, and come down after the window', async () => {
      await fleet.apply({
        name: 'served',
        autoscale: {
          max: 4,
          metrics: [{ http: { port: 'status', metric: 'queue', target: 10 } }],
          scaleUp: { cooldown: '1m' },
          scaleDown: down,
        },
        container: { ...script(SERVES), ports: [{ name: 'status', container: 9100 }], network: 'bridge' },
      });
      await fleet.running('served', 1);
      await decided('served', 'autoscale_steady');

      await serve(1, 'queue 30');
      const up = await desired('served', 3);
      expect(up.lastStep).to.include({ from: 1, to: 3 });
      for (const part of ['http:status/metrics#queue', '30', 'target 10', 'from 1 to 3'])
        expect(up.lastStep?.text).to.include(part);
      // The new ones serve what they begin with, so that together there is still too much: the cool-down holds.
      await fleet.until('the cool-down to hold what all of them tell', async () => {
        const { reason, desired: count, metrics } = await status('served');
        return reason === 'autoscale_cooldown' && count === 3 && metrics[0]?.known === 3;
      });

      await serve(3, 'queue 1');
      const servedAt = Date.now();
      await decided('served', 'autoscale_stabilising');
      const reached = await desired('served', 1);
      expect(Number(reached.lastStep?.atMs) - servedAt).to.be.within(WINDOW_MS - 1500, 5 * WINDOW_MS);

      await serve(1, 'nothing 1');
      const missing = await decided('served', 'autoscale_metric_missing');
      expect(missing).to.include({ desired: 1 });
      expect(missing.metrics[0]?.value).to.equal(undefined);
      expect(missing.metrics[0]?.missing).to.not.equal('');
      const [first, ...later] = (await stepsOf('served')).map(({ text }) =>
        /from (\d+) to (\d+)/.exec(text)?.slice(1, 3),
      );
      expect(first).to.deep.equal(['1', '3']);
      // The values change one after the other, so that it may come down in two steps.
      expect(later.map((step) => step?.join('-')).join(' ')).to.be.oneOf(['3-1', '3-2 2-1']);
    });

    it('go up by the CPU that they use, and tell that max is in the way', async () => {
      await fleet.apply({
        name: 'busy',
        autoscale: { max: 2, metrics: [{ cpu: 50 }] },
        container: script('while :; do :; done'),
      });
      const { lastStep, metrics } = await desired('busy', 2);
      expect(lastStep?.text).to.include('cpu');
      expect(metrics[0]?.value).to.be.within(55, 400);
      await fleet.running('busy', 2);
      await decided('busy', 'autoscale_at_max');
      await fleet.remove('busy');
    });

    it('follow a published total, and a restarted coordinator neither forgets nor hurries', async () => {
      const manifest = {
        name: 'published',
        replicas: 2,
        autoscale: { max: 5, metrics: [{ nats: { subject, per: 'total', target: 10 } }], scaleDown: down },
      };
      await fleet.apply(manifest);
      const held = await decided('published', 'autoscale_metric_missing');
      expect(held).to.include({ desired: 2 });
      client.publish(subject, { value: 35 });
      await desired('published', 4);
      const before = await fleet.running('published', 4);

      await fleet.coordinator.end('SIGKILL');
      await fleet.startCoordinator();
      await fleet.hostsReady(1);
      const [unchanged] = (await fleet.apply(manifest)).results;
      expect(unchanged?.changedPaths).to.deep.equal([]);
      await fleet.until('the new coordinator to look', async () => (await status('published')).reason !== '');
      expect(await status('published')).to.include({ desired: 4 });
      const after = await fleet.running('published', 4);
      expect(after.map(({ containerId }) => containerId)).to.deep.equal(before.map(({ containerId }) => containerId));

      await fleet.until('NATS', async () => (await fleet.fleet.getFleetStatus({})).natsConnected);
      await fleet.until('what is published to be heard again', async () => {
        client.publish(subject, { value: 5 });
        return (await status('published')).metrics[0]?.value === 5;
      });
      await decided('published', 'autoscale_stabilising');
      await desired('published', 1);
      expect(await stepsOf('published')).to.have.lengthOf(2);
    });

    it('are not set by hand, and are shown with their why', async () => {
      await expectReason(fleet.fleet.scaleMiner({ name: 'published', replicas: 3 }), 'miner_autoscaled');
      const { stdout } = await fleet.headframe(['miners', 'show', 'published']);
      for (const part of [`nats:${subject}#value`, 'from 4 to 1', '1 of 1-5']) expect(stdout).to.include(part);
    });
  });
});
