import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { describeWith } from '../../support/describe-with.js';
import { describeWithDocker, dockerSocket, testImage } from '../../support/docker.js';
import { EngineView } from '../../support/engine-view.js';
import { OwnEngine, whyNoOwnEngine } from '../../support/own-engine.js';
import { RunningFleet, lifeOf } from '../../support/running-fleet.js';
import { makeTempDir } from '../../support/temp-dir.js';

const HERE = [{ attribute: 'labels.name', values: ['sick'] }];

describeWithDocker('an engine that hangs', function () {
  this.timeout(180_000);
  describeWith(whyNoOwnEngine())('on one of two hosts', () => {
    let temp: AsyncDisposable & { readonly path: string };
    let engine: OwnEngine;
    let hung: RunningFleet;
    let restarts: string;
    before(async () => {
      temp = await makeTempDir();
      restarts = join(temp.path, 'restarts');
      const command = join(temp.path, 'restart-engine');
      // Notes that it was asked; what hangs cannot be helped this way, so the ladder has to go on.
      await writeFile(command, `#!/bin/sh\necho asked >> ${restarts}\n`);
      await chmod(command, 0o755);
      engine = await OwnEngine.open(testImage, ['--live-restore']);
      const check = [
        '--self-check-interval',
        '300ms',
        '--self-check-engine-silence',
        '2s',
        '--self-check-stuck-after',
        '2s',
      ];
      const ladder = ['--self-check-restart-runtime-command', command, '--self-check-runtime-restarts-per-hour', '2'];
      hung = await RunningFleet.open({ sick: { flags: [...check, ...ladder] } }, { dockerSocket: engine.socket });
      // The other host has the machine's usual engine.
      await hung.startAgent('well', { dockerSocket });
      await hung.hostsReady(2);
    });
    after(async () => {
      engine.resume();
      await hung.close();
      await new EngineView().removeAll(hung.hostId('well'));
      await engine.close();
      await temp[Symbol.asyncDispose]();
    });

    async function conditionsOf(host: string): Promise<string[]> {
      return (await hung.host(host)).conditions.map(({ reason }) => reason);
    }

    it('climbs the capped ladder, marks its host alone, and restarts nothing once it answers again', async () => {
      await hung.apply({ name: 'calm', replicas: 2, constraints: HERE });
      await hung.running('calm', 2);
      const before = (await hung.containers('calm')).map(lifeOf);
      expect(before).to.have.length(2);

      engine.suspend();
      await hung.until(
        'the host to be marked',
        async () => (await conditionsOf('sick')).includes('engine_sick'),
        60_000,
      );
      expect(await conditionsOf('well')).to.deep.equal([]);
      // It keeps its session, and what it runs counts as running: the engine is sick, not the miners.
      expect((await hung.host('sick')).state).to.equal((await hung.host('well')).state);
      await hung.running('calm', 2);

      await hung.apply({ name: 'next', replicas: 2 });
      const placed = await hung.running('next', 2);
      expect(new Set(placed.map(({ hostId }) => hostId))).to.deep.equal(new Set([hung.hostId('well')]));
      await hung.apply({ name: 'bound', replicas: 1, constraints: HERE });
      expect((await hung.waiting('bound', 'host_condition', 'constraint_unmet')).filters).to.have.length.above(0);

      await hung.until('the last rung to be taken', async () => (await asked()) === 2, 30_000);
      await new Promise((resolve) => setTimeout(resolve, 6_000)); // longer than it took to climb so far
      expect(await asked()).to.equal(2);

      engine.resume();
      await hung.until('the mark to go', async () => (await conditionsOf('sick')).length === 0);
      await hung.running('bound', 1);
      await hung.running('calm', 2);
      expect((await hung.containers('calm')).map(lifeOf)).to.have.deep.members(before);
    });

    async function asked(): Promise<number> {
      const text = await readFile(restarts, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '').length;
    }
  });
});
