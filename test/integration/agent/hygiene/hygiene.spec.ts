import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import Docker from 'dockerode';
import { HealthBoard } from '../../../../agent/host/health-board.js';
import { Hygiene } from '../../../../agent/hygiene/index.js';
import type { HygieneSettings } from '../../../../agent/hygiene/index.js';
import { NEW_RECORD } from '../../../../agent/reconcile/record.js';
import { openDockerRuntime } from '../../../../agent/runtime/docker/index.js';
import { openImageLedger } from '../../../../agent/state/image-ledger.js';
import type { ImageLedger } from '../../../../agent/state/image-ledger.js';
import { systemClock } from '../../../../common/model/clock.js';
import type { Assignment } from '../../../../common/model/workload.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { shellScript } from '../../../support/build-assignment.js';
import { describeWithDocker, dockerSocket, testImage } from '../../../support/docker.js';
import { RuntimeFixture } from '../../../support/runtime-fixture.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { TinyRegistry } from '../../../support/tiny-registry.js';
import { waitFor } from '../../../support/wait-for.js';

/** Bounds so tight that everything goes that may. */
const TIGHT: HygieneSettings = {
  interval: 60_000,
  images: { budget: 0, unusedFor: 3_600_000, minAge: 0, foreign: false },
  logs: { budget: 0 },
  ended: { maxAge: 3_600_000, maxCount: 0 },
  disk: { pressureBelow: 0, relievedAt: 0 },
};

/** Hygiene over the machine's engine, of a host with what a test says it holds. */
class Bench {
  readonly docker = new Docker({ socketPath: dockerSocket });
  readonly board = new HealthBoard(
    () => Date.now(),
    () => undefined,
  );
  readonly fixture: RuntimeFixture;
  readonly hygiene: Hygiene;
  assignments: Assignment[] = [];
  ended = new Set<number>();
  readonly #dir: string;

  constructor(dir: string, ledger: ImageLedger, settings: HygieneSettings) {
    this.#dir = dir;
    this.fixture = new RuntimeFixture((hostId) =>
      openDockerRuntime({
        hostId,
        address: dockerSocket,
        concurrency: 4,
        allowedHostPaths: [],
        logger: silentLogger,
        clock: systemClock,
        onImageBrought: (imageId, reference) => {
          ledger.noteBrought(imageId, reference, Date.now());
        },
      }),
    );
    const { runtime } = this.fixture;
    const { storage } = runtime;
    if (storage === undefined) throw new Error('a Docker runtime has storage');
    const bench = { assignments: () => this.assignments };
    const state = {
      get held() {
        return { epoch: 1, revision: 1, assignments: bench.assignments(), retained: [] };
      },
      record: (serial: number) => {
        const end = { state: 'stopped', reason: 'completed', text: '', exitCode: 0 } as const;
        return this.ended.has(serial) ? { ...NEW_RECORD, end } : NEW_RECORD;
      },
    };
    const parts = { runtime, storage, state, ledger, dataDir: this.#dir, teller: this.board };
    this.hygiene = new Hygiene({ ...parts, clock: systemClock, logger: silentLogger }, settings);
  }

  pass(): Promise<void> {
    return this.hygiene.pass(this.fixture.signal);
  }

  async has(reference: string): Promise<boolean> {
    return this.docker
      .getImage(reference)
      .inspect()
      .then(
        () => true,
        () => false,
      );
  }

  /** Pulls as for an assignment that is gone again by the time it is there. */
  async pull(image: string): Promise<void> {
    const assignment = this.fixture.assignment({ container: { image }, workload: { pullPolicy: 'ifNotPresent' } });
    await this.fixture.runtime.prepare(assignment, () => undefined, this.fixture.signal);
  }

  reasons(): string[] {
    return this.board.takeNotices().map(({ reason }) => reason);
  }
}

async function withBench(use: (bench: Bench) => Promise<void>, settings: Partial<HygieneSettings> = {}): Promise<void> {
  await using dir = await makeTempDir();
  const bench = new Bench(dir.path, await openImageLedger(dir.path), { ...TIGHT, ...settings });
  try {
    await use(bench);
  } finally {
    await bench.fixture.close();
  }
}

describeWithDocker('hygiene on a real engine', function () {
  this.timeout(60_000);
  let registry: TinyRegistry;
  const brought: string[] = [];
  before(async () => {
    registry = await TinyRegistry.open();
  });
  after(async () => {
    await registry.close();
    const docker = new Docker({ socketPath: dockerSocket });
    for (const reference of brought)
      await docker
        .getImage(reference)
        .remove({ force: true })
        .catch(() => undefined);
  });

  async function newImage(name: string): Promise<{ byTag: string; byDigest: string }> {
    const image = await registry.add(`hf-${String(process.pid)}-${name}`);
    brought.push(image.byTag, image.byDigest);
    return image;
  }

  it('removes an image that it pulled and nothing needs, and leaves alone what it did not bring', () =>
    withBench(async (bench) => {
      const { byTag } = await newImage('unused');
      await bench.pull(byTag);
      expect(await bench.has(byTag)).to.equal(true);
      await bench.pull(testImage);
      await bench.pass();
      expect(await bench.has(byTag)).to.equal(false);
      expect(await bench.has(testImage)).to.equal(true);
      expect(bench.reasons()).to.deep.equal(['image_removed']);
    }));

  it('leaves an image alone that any container has, also one of others that never ran', () =>
    withBench(async (bench) => {
      const { byTag } = await newImage('foreign-container');
      await bench.pull(byTag);
      const container = await bench.docker.createContainer({ Image: byTag, Cmd: ['none'], Labels: { 'hf-test': '1' } });
      try {
        await bench.pass();
        expect(await bench.has(byTag)).to.equal(true);
      } finally {
        await container.remove({ force: true });
      }
      await bench.pass();
      expect(await bench.has(byTag)).to.equal(false);
    }));

  it('leaves an image alone that somebody gave a name of his own', () =>
    withBench(async (bench) => {
      const { byTag } = await newImage('named');
      await bench.pull(byTag);
      const repo = `headframe-test/mine-${String(process.pid)}`;
      await bench.docker.getImage(byTag).tag({ repo, tag: '1' });
      await bench.pass();
      expect(await bench.has(byTag)).to.equal(true);
      await bench.docker.getImage(`${repo}:1`).remove();
      await bench.pass();
      expect(await bench.has(byTag)).to.equal(false);
    }));

  it('leaves an image alone, by digest too, that an assignment needs, until that has ended', () =>
    withBench(async (bench) => {
      const { byDigest } = await newImage('digest');
      await bench.pull(byDigest);
      const assignment = bench.fixture.assignment({ container: { image: byDigest } });
      bench.assignments = [assignment];
      await bench.pass();
      expect(await bench.has(byDigest)).to.equal(true);
      bench.ended.add(assignment.serial);
      await bench.pass();
      expect(await bench.has(byDigest)).to.equal(false);
    }));

  it('leaves an image alone that is being pulled for an assignment', () =>
    withBench(async (bench) => {
      const { byTag } = await newImage('pulling');
      const image = { container: { image: byTag }, workload: { pullPolicy: 'ifNotPresent' } } as const;
      const assignment = bench.fixture.assignment(image);
      bench.assignments = [assignment];
      registry.hold();
      const pulling = bench.fixture.runtime.prepare(assignment, () => undefined, bench.fixture.signal);
      try {
        await waitFor('the pull to hang', () => registry.held > 0);
        await bench.pass();
      } finally {
        registry.release();
      }
      const landed = { yet: false };
      const landing = pulling.finally(() => {
        landed.yet = true;
      });
      while (!landed.yet) await bench.pass();
      await landing;
      await bench.pass();
      expect(await bench.has(byTag)).to.equal(true);
      expect(bench.reasons()).to.deep.equal([]);
    }));

  it('keeps an image for a while after its last use', () =>
    withBench(
      async (bench) => {
        const { byTag } = await newImage('young');
        await bench.pull(byTag);
        await bench.pass();
        expect(await bench.has(byTag)).to.equal(true);
      },
      { images: { ...TIGHT.images, minAge: 60_000 } },
    ));

  it('removes containers and old logs of what has ended, and of what runs only the old parts of its log', () =>
    withBench(async (bench) => {
      const { fixture } = bench;
      const talk = 'yes 0123456789 | head -c 3000000';
      const runs = await fixture.started({ container: shellScript(`${talk}; exec sleep 1000`) });
      const over = await fixture.started({ container: shellScript('exit 0') });
      const waits = await fixture.started({ container: shellScript('exit 1') });
      await fixture.ended(over.serial);
      await fixture.ended(waits.serial);
      bench.assignments = [runs, over, waits];
      bench.ended.add(over.serial);
      const storage = fixture.runtime.storage;
      let before = '';
      await waitFor('the log to have grown old, and to grow no more', async () => {
        const logs = await storage?.logs(fixture.signal);
        const [last, now] = [before, JSON.stringify(logs)];
        before = now;
        await delay(200);
        return (logs?.old.length ?? 0) > 0 && now === last;
      });
      await bench.pass();
      expect((await fixture.runtime.list(fixture.signal)).map(({ serial }) => serial)).to.have.members([
        runs.serial,
        waits.serial,
      ]);
      expect((await fixture.observed(runs.serial)).status).to.equal('running');
      const left = await storage?.logs(fixture.signal);
      expect(left?.old).to.deep.equal([]);
      expect(bench.reasons()).to.include.members(['logs_trimmed', 'ended_removed']);
    }));

  it('says that the disk is nearly full, and when that is over', async () => {
    await withBench(
      async (bench) => {
        await bench.pass();
        expect(bench.board.conditions.map(({ reason }) => reason)).to.deep.equal(['disk_pressure']);
      },
      { disk: { pressureBelow: 99.9, relievedAt: 99.9 }, images: { ...TIGHT.images, minAge: 3_600_000 } },
    );
    await withBench(async (bench) => {
      bench.board.raise('disk_pressure', 'as before');
      await bench.pass();
      expect(bench.board.conditions).to.deep.equal([]);
    });
  });
});
