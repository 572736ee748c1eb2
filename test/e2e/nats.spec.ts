import { totalmem } from 'node:os';
import { expect } from 'chai';
import { describeWithDocker } from '../support/docker.js';
import { Line } from '../support/line.js';
import { script } from '../support/manifest.js';
import { describeWithNats, natsUrl } from '../support/nats.js';
import { RawNats } from '../support/raw-nats.js';
import { RunningFleet } from '../support/running-fleet.js';

const MIB = 2 ** 20;

describeWithDocker('what a NATS client hears that is not ours', function () {
  this.timeout(60_000);
  describeWithNats('from a real server', () => {
    let fleet: RunningFleet;
    let line: Line;
    let client: RawNats;
    before(async () => {
      // The server may have other users, so it goes away for the coordinator alone: by a line between them.
      line = await Line.open(new URL(natsUrl).host);
      const flags = ['--nats-url', `nats://${line.address}`, '--usage-interval', '1s'];
      fleet = await RunningFleet.open({ alpha: {} }, { coordinator: flags });
      await natsConnected(true);
      client = await RawNats.listen(natsUrl, ['headframe.v1.>']);
    });
    after(async () => {
      client.close();
      await fleet.close();
      await line.close();
    });

    async function natsConnected(connected: boolean): Promise<void> {
      await fleet.until(
        'the coordinator to tell how it stands with NATS',
        async () => (await fleet.fleet.getFleetStatus({})).natsConnected === connected,
      );
    }

    function heard(prefix: string, field: string, value: unknown): Record<string, unknown> | undefined {
      return client.on(`headframe.v1.${prefix}`).find(({ payload }) => payload[field] === value)?.payload;
    }

    it('is every event of a life, as documented', async () => {
      await fleet.apply({ name: 'busy', container: script('while :; do :; done'), resources: { cpu: '300m' } });
      const [instance] = await fleet.running('busy', 1);
      const id = instance?.id ?? '';
      const event = await fleet.until('the start to be heard', () =>
        heard(`events.instance.${id}`, 'reason', 'started'),
      );
      expect(event).to.include({
        subject: 'instance',
        id,
        severity: 'info',
        miner: 'busy',
        hostId: fleet.hostId('alpha'),
        state: 'running',
      });
      expect(event['revision']).to.be.a('number');
      expect(Math.abs(Number(event['atMs']) - Date.now())).to.be.lessThan(60_000);
      expect(heard('events.miner.busy', 'reason', 'miner_applied')).to.include({ subject: 'miner', id: 'busy' });
    });

    it('is what an instance uses, as the kernel counts it', async () => {
      const instance = await fleet.instance('busy');
      const host = fleet.hostId('alpha');
      const usage = await fleet.until('a figure of a whole period', () =>
        client
          .on(`headframe.v1.metrics.instances.${host}`)
          .flatMap(({ payload }) => instancesIn(payload, host))
          .find(({ cpuMillis }) => Number(cpuMillis) >= 150),
      );
      expect(usage).to.include({ instance: instance.id, miner: 'busy', oomKills: 0 });
      expect(usage['serial']).to.equal(Number(instance.serial));
      // Bound to 0.3 of a CPU; the kernel may let a burst through.
      expect(usage['cpuMillis']).to.be.within(150, 400);
      expect(usage['memoryBytes']).to.be.within(1, 16 * MIB);
      expect(usage['pids']).to.be.within(1, 5);
      expect(usage['cpuNanos']).to.be.greaterThan(0);
      expect(usage['throttledNanos']).to.be.greaterThan(0);
    });

    it('is what the host uses', async () => {
      const subject = `metrics.host.${fleet.hostId('alpha')}`;
      const usage = await fleet.until('figures of the host', () => heard(subject, 'instances', 1));
      expect(usage).to.include({ host: fleet.hostId('alpha') });
      expect(usage['cpuMillis']).to.be.within(1, 1_024_000);
      expect(usage['memoryBytes']).to.be.within(MIB, totalmem());
      expect(usage['diskBytes']).to.be.greaterThan(0);
      expect(usage['load1']).to.be.at.least(0);
      const times = client.on(`headframe.v1.${subject}`).map(({ payload }) => Number(payload['atMs']));
      expect(times).to.deep.equal([...times].sort((a, b) => a - b));
    });

    it('goes on after the server was away, while the fleet never stopped', async () => {
      line.refuse();
      await natsConnected(false);
      await fleet.apply({ name: 'unheard' });
      await fleet.running('unheard', 1);
      expect((await fleet.container('unheard')).State.Running).to.equal(true);
      expect(client.on('headframe.v1.events.miner.unheard')).to.deep.equal([]);

      line.mend();
      await natsConnected(true);
      await fleet.apply({ name: 'heard' });
      await fleet.until('events to come again', () => heard('events.miner.heard', 'reason', 'miner_applied'));
      const since = client.messages.length;
      const subject = `headframe.v1.metrics.host.${fleet.hostId('alpha')}`;
      await fleet.until('metrics to come again', () => client.messages.slice(since).some((m) => m.subject === subject));
    });
  });
});

function instancesIn(payload: Record<string, unknown>, host: string): Record<string, unknown>[] {
  expect(payload).to.have.all.keys('atMs', 'host', 'instances');
  expect(payload['host']).to.equal(host);
  // As docs/metrics.md says.
  return payload['instances'] as Record<string, unknown>[];
}
