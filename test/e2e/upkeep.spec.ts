import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeWith } from '../support/describe-with.js';
import { describeWithDocker } from '../support/docker.js';
import { expectReason } from '../support/expect-reason.js';
import { script } from '../support/manifest.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';

const isRoot = process.getuid?.() === 0;
/** Runs a program on a machine whose boot id is in a file. */
const MACHINE = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"';
const FAST = ['--heartbeat-period', '500ms', '--lease-length', '3s', '--upkeep-reboot-deadline', '12s'];

/** A window in UTC that is open now and for an hour at least. */
function openWindow(): string {
  const time = (offsetMs: number): string => new Date(Date.now() + offsetMs).toISOString().slice(11, 16);
  return `daily ${time(-3_600_000)}-${time(2 * 3_600_000)} UTC`;
}

describeWithDocker('upkeep of hosts', function () {
  this.timeout(180_000);
  describeWith(isRoot ? undefined : 'a boot of its own needs root')('with machines that reboot', () => {
    let temp: AsyncDisposable & { readonly path: string };
    let fleet: RunningFleet;
    before(async () => {
      temp = await makeTempDir();
      const bootId = join(temp.path, 'boot_id');
      const reboot = join(temp.path, 'reboot.sh');
      await writeFile(bootId, '00000000-0000-4000-8000-000000000001\n');
      // A reboot ends the agent without a word, and the machine comes up with another boot id.
      await writeFile(reboot, `#!/bin/sh\necho 00000000-0000-4000-8000-000000000002 > ${bootId}\nkill -9 $PPID\n`);
      await chmod(reboot, 0o755);
      const allowed = (command: string): string[] => ['--reboot-allowed', 'true', '--reboot-command', command];
      const place = { launcher: ['unshare', '--mount', 'sh', '-c', MACHINE, bootId] };
      fleet = await RunningFleet.open(
        { alpha: { place, flags: allowed(reboot) }, beta: { flags: allowed('true') }, gamma: {} },
        { coordinator: FAST },
      );
    });
    after(async () => {
      await fleet.close();
      await temp[Symbol.asyncDispose]();
    });

    async function reasonsOf(host: string): Promise<string[]> {
      const { stdout } = await fleet.headframe(['events', '--host', host, '-o', 'json']);
      const lines = stdout.split('\n').filter((line) => line !== '');
      return lines.map((line) => (JSON.parse(line) as { reason: string }).reason); // what the command prints
    }

    it('empties a host, reboots it, and lets it return once it is back with a new boot', async () => {
      const liking = [{ attribute: 'host.name', values: ['alpha'], weight: 100 }];
      // Ends well after the reboot could have been ordered.
      const slow = script("trap '' TERM; while :; do sleep 1; done");
      await fleet.apply(
        { name: 'steady', replicas: 3 },
        { name: 'slow', affinities: liking, stopGrace: '3s', container: slow },
      );
      const placed = await fleet.running('steady', 3);
      expect((await fleet.running('slow', 1)).map(({ hostId }) => hostId)).to.deep.equal([fleet.hostId('alpha')]);
      expect(new Set(placed.map(({ hostId }) => hostId)).size).to.equal(3);
      const planned = await fleet.hosts.rebootHost({ host: 'alpha', plan: true });
      expect(planned).to.deep.include({ instances: 2, exclusive: 0, ahead: 0 });
      expect((await fleet.host('alpha')).maintenance).to.equal(undefined);

      const { code } = await fleet.headframe(['hosts', 'reboot', 'alpha', '--yes']);
      expect(code).to.equal(0);
      await fleet.until('the machine to go down', () => !fleet.agent('alpha').running, 60_000);
      const left = await fleet.engine.containers(fleet.hostId('alpha'));
      expect(left.filter(({ State }) => State.Running)).to.deep.equal([]);
      const moved = await fleet.running('steady', 3);
      expect(moved.map(({ hostId }) => hostId)).not.to.include(fleet.hostId('alpha'));
      expect(await fleet.host('alpha')).to.deep.include({ cordoned: true, draining: true });
      expect((await fleet.host('alpha')).maintenance).to.deep.include({ activity: 'reboot', step: 'rebooting' });

      await fleet.startAgent('alpha');
      await fleet.until('alpha to return', async () => !(await fleet.host('alpha')).draining);
      expect((await fleet.host('alpha')).maintenance).to.equal(undefined);
      expect(await reasonsOf('alpha')).to.include.members(['reboot_requested', 'reboot_ordered', 'rebooted']);
      await fleet.fleet.deleteMiner({ name: 'slow' });
    });

    it('keeps a host drained that does not come back with a new boot in time, and others waiting behind it', async () => {
      await expectReason(fleet.hosts.rebootHost({ host: 'gamma' }), 'reboot_not_allowed');
      await fleet.hosts.rebootHost({ host: 'beta' });
      expect((await fleet.hosts.rebootHost({ host: 'alpha' })).ahead).to.equal(1);
      const failed = await fleet.until('the reboot to be overdue', async () => {
        const host = await fleet.host('beta');
        return host.maintenance?.step === 'failed' && host;
      });
      expect(failed).to.deep.include({ cordoned: true, draining: true, reason: 'reboot_overdue' });
      const { alarms } = await fleet.fleet.getFleetStatus({});
      expect(alarms.map(({ reason }) => reason)).to.include('reboot_overdue');
      // What keeps one host down would take the next with it.
      expect((await fleet.host('alpha')).maintenance?.step).to.equal('queued');
      await fleet.hosts.uncordonHost({ host: 'alpha' });
      await fleet.hosts.uncordonHost({ host: 'beta' });
      for (const name of ['alpha', 'beta']) {
        const host = await fleet.host(name);
        expect(host.cordoned).to.equal(false);
        expect(host.maintenance).to.equal(undefined);
      }
      expect(fleet.agent('alpha').running).to.equal(true);
    });

    it('empties a host in its window, leaves it alone when called off, and lets it return at the end', async () => {
      const bad = await fleet.headframe(['hosts', 'maintenance', 'gamma', '--window', 'Sun 2am']);
      expect(bad.code).to.equal(2);
      await fleet.running('steady', 3);
      const set = await fleet.headframe(['hosts', 'maintenance', 'gamma', '--window', openWindow()]);
      expect(set.code).to.equal(0);
      const stepOf = async (name: string): Promise<string | undefined> => (await fleet.host(name)).maintenance?.step;
      await fleet.until('gamma to be empty', async () => (await stepOf('gamma')) === 'open');
      const moved = await fleet.running('steady', 3);
      expect(moved.map(({ hostId }) => hostId)).not.to.include(fleet.hostId('gamma'));
      await fleet.hosts.uncordonHost({ host: 'gamma' });
      expect(await fleet.host('gamma')).to.deep.include({ cordoned: false, draining: false });
      expect(await stepOf('gamma')).to.equal('skipped');

      await fleet.headframe(['hosts', 'maintenance', 'beta', '--window', openWindow()]);
      await fleet.until('beta to be empty', async () => (await stepOf('beta')) === 'open');
      await fleet.headframe(['hosts', 'maintenance', 'beta', '--clear']);
      await fleet.until('beta to return', async () => !(await fleet.host('beta')).draining);
      expect(await reasonsOf('beta')).to.include.members(['maintenance_begun', 'maintenance_ended']);
    });
  });
});
