import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Event } from '../../common/gen/headframe/v1/event_pb.js';
import { describeWithDocker, dockerSocket } from '../support/docker.js';
import { script } from '../support/manifest.js';
import { RunningFleet } from '../support/running-fleet.js';

const run = promisify(execFile);

describeWithDocker('output, commands inside, events and watches', function () {
  this.timeout(60_000);
  let fleet: RunningFleet;
  let talker: string;
  before(async () => {
    fleet = await RunningFleet.open({ alpha: {} });
    const line = 'for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done; while sleep 0.3; do echo tick; done';
    await fleet.apply({ name: 'talker', container: script(line), resources: { cpu: '500m' } });
    const [instance] = await fleet.running('talker', 1);
    talker = instance?.id ?? '';
    await fleet.until('its first words', async () => (await logs()).stdout.includes('tick'));
  });
  after(() => fleet.close());

  function logs(...flags: string[]): ReturnType<RunningFleet['headframe']> {
    return fleet.headframe(['instances', 'logs', talker, ...flags]);
  }

  async function dockerLogs(...flags: string[]): Promise<{ stdout: string; stderr: string }> {
    const { Id } = await fleet.container('talker');
    return run('docker', ['-H', `unix://${dockerSocket}`, 'logs', ...flags, Id]);
  }

  it('print what the engine has of an instance, each stream to its own', async () => {
    const { code, stdout, stderr } = await logs();
    const engine = await dockerLogs();
    expect(code).to.equal(0);
    expect(engine.stdout.startsWith(stdout)).to.equal(true);
    expect(stderr).to.equal(engine.stderr);
    expect(stderr).to.equal('err 1\nerr 2\nerr 3\nerr 4\nerr 5\n');
  });

  it('print the last lines, and those since a time', async () => {
    const { stdout } = await logs('--tail', '2');
    expect(stdout.split('\n').filter((line) => line !== '')).to.deep.equal(['tick', 'tick']);
    const since = await logs('--since', '1s', '--timestamps');
    const times = since.stdout.split('\n').filter((line) => line !== '');
    expect(times.length).to.be.within(1, 8);
    for (const line of times) expect(line).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z tick$/);
    expect(since.stderr).to.equal('');
  });

  it('follow an instance to its end', async () => {
    await fleet.apply({ name: 'brief', restart: 'never', container: script('echo one; sleep 3; echo two; exit 0') });
    const [instance] = await fleet.running('brief', 1);
    const following = fleet.following(['instances', 'logs', '-f', instance?.id ?? '']);
    expect(await following.ended()).to.equal(0);
    expect(following.stdout).to.equal('one\ntwo\n');
  });

  it('print what an instance said that has ended, for as long as it is kept', async () => {
    await fleet.apply({ name: 'gone', restart: 'never', container: script('echo farewell; exit 3') });
    const { id } = await fleet.ended('gone', 'exited_error');
    expect((await fleet.headframe(['instances', 'logs', id])).stdout).to.equal('farewell\n');
    await fleet.remove('gone');
    expect((await fleet.headframe(['instances', 'logs', id])).code).to.equal(3);
  });

  it('run a command inside and end with its exit code, its streams apart', async () => {
    const command = ['sh', '-c', 'echo to-out; echo to-err >&2; exit 7'];
    const result = await fleet.headframe(['instances', 'exec', talker, '--', ...command]);
    expect(result).to.deep.equal({ code: 7, stdout: 'to-out\n', stderr: 'to-err\n' });
  });

  it('hand stdin to a command inside, to its end and byte for byte', async () => {
    const input = Array.from({ length: 5_000 }, (_none, index) => `line ${String(index)} äöü`).join('\n');
    const { code, stdout } = await fleet.headframe(['instances', 'exec', '-i', talker, '--', 'cat'], input);
    expect(code).to.equal(0);
    expect(stdout === input).to.equal(true);
  });

  it('run a command in the very container that the instance is', async () => {
    const { stdout } = await fleet.headframe([
      'instances',
      'exec',
      talker,
      '--',
      'sh',
      '-c',
      'echo $HEADFRAME_INSTANCE',
    ]);
    expect(stdout).to.equal(`${talker}\n`);
    const { Config } = await fleet.container('talker');
    expect(Config.Env).to.include(`HEADFRAME_INSTANCE=${talker}`);
  });

  it('say that there is no such instance, and that one does not run', async () => {
    expect((await fleet.headframe(['instances', 'exec', 'nobody-1', '--', 'true'])).code).to.equal(3);
    await fleet.apply({ name: 'ended', restart: 'never', container: script('exit 1') });
    const { id } = await fleet.ended('ended', 'exited_error');
    expect((await fleet.headframe(['instances', 'exec', id, '--', 'true'])).code).to.equal(4);
  });

  async function collect(events: AsyncIterable<{ events: Event[] }>, enough: (all: Event[]) => boolean) {
    const all: Event[] = [];
    for await (const message of events) {
      all.push(...message.events);
      if (enough(all)) break;
    }
    return all;
  }

  it('tell events from a revision on without a gap or a repeat, across a restart of the coordinator', async () => {
    const { revision } = await fleet.fleet.getFleetStatus({});
    const happenings = (name: string) => (all: Event[]) =>
      all.some(({ miner, reason }) => miner === name && reason === 'started');
    const first = collect(fleet.fleet.streamEvents({ afterRevision: revision, follow: true }), happenings('before'));
    await fleet.apply({ name: 'before' });
    const told = await first;
    const last = told.at(-1)?.revision ?? revision;

    await fleet.running('before', 1);
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    await fleet.hostsReady(1);
    await fleet.apply({ name: 'after' });
    const resumed = await collect(fleet.fleet.streamEvents({ afterRevision: last, follow: true }), happenings('after'));
    const whole = await collect(fleet.fleet.streamEvents({ afterRevision: revision }), () => false);
    const key = ({ revision: at, subject, id, reason, state }: Event) =>
      `${String(at)} ${subject} ${id} ${reason} ${state}`;
    // A message holds whole revisions, so that what follows the last one is all that was not told.
    const joined = [...told, ...resumed].map(key);
    expect(joined).to.deep.equal(whole.map(key).slice(0, joined.length));
    expect(whole.map(({ reason }) => reason)).to.include('coordinator_started');
  });

  it('follow events on the command line over a restart of the coordinator', async () => {
    const { revision } = await fleet.fleet.getFleetStatus({});
    const following = fleet.following(['events', '-f', '-o', 'json', '--since-revision', String(revision)]);
    await fleet.apply({ name: 'told-one' });
    await fleet.until('the first to be told', () => following.stdout.includes('"told-one"'));
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    await fleet.hostsReady(1);
    await fleet.apply({ name: 'told-two' });
    const isStarted = ({ miner, reason }: { miner: string; reason: string }) =>
      miner === 'told-two' && reason === 'started';
    await fleet.until('the second to be told', () => lines(following.stdout).some(isStarted));
    expect(await following.interrupt()).to.equal(0);

    const { stdout } = await fleet.headframe(['events', '-o', 'json', '--since-revision', String(revision)]);
    const told = lines(following.stdout);
    expect(told).to.deep.equal(lines(stdout).slice(0, told.length));
  });

  it('go on with a watch from its last revision, as if nothing had been between', async () => {
    const seen = new Map<string, InstanceState>();
    const watch = async (fromRevision: bigint, enough: () => boolean): Promise<bigint> => {
      let last = fromRevision;
      for await (const { revision, changes } of fleet.fleet.watchFleet({ fromRevision, instances: true })) {
        for (const { change } of changes) {
          if (change.case === 'instance') seen.set(change.value.id, change.value.state);
          if (change.case === 'instanceRemoved') seen.delete(change.value);
        }
        if (revision > 0n) last = revision;
        if (enough() && revision > 0n) break;
      }
      return last;
    };
    const last = await watch(0n, () => true);
    await fleet.apply({ name: 'unenforced', replicas: 2 });
    await fleet.running('unenforced', 2);
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    await fleet.hostsReady(1);
    await fleet.fleet.scaleMiner({ name: 'unenforced', replicas: 1 });
    await fleet.running('unenforced', 1);
    const { revision: target } = await fleet.fleet.getFleetStatus({});
    let reached = last;
    while (reached < target) reached = await watch(reached, () => true);

    const { instances } = await fleet.fleet.listInstances({ includeEnded: true, pageSize: 1000 });
    expect(Object.fromEntries(seen)).to.deep.equal(Object.fromEntries(instances.map(({ id, state }) => [id, state])));
    const running = [...seen].filter(([, state]) => state === InstanceState.RUNNING).map(([id]) => id);
    const containers = (await fleet.containers()).filter(({ State }) => State.Running);
    expect(containers.map(({ Config }) => Config.Labels['headframe.instance'])).to.have.members(running);
  });
});

function lines(text: string): { miner: string; reason: string }[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const parsed = whole.split('\n').filter((line) => line !== '');
  return parsed.map((line) => JSON.parse(line) as { miner: string; reason: string }); // an event each
}
