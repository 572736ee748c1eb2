import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { HeadframeError } from '../../../../common/model/error.js';
import { openLowdbStore } from '../../../../coordinator/store/index.js';
import type { Store, StoreCommit, StoredFleet } from '../../../../coordinator/store/store.js';
import { between, oneOf, seededRandom } from '../../../support/seeded-random.js';
import type { Random } from '../../../support/seeded-random.js';
import { Crashed, SimulatedDisk } from '../../../support/simulated-disk.js';
import { randomCommit, recordsAfter, recordsOf } from '../../../support/store-samples.js';

const LINEAGES = 50;
const CRASHES_EACH = 20;
const FOLDER = '/store';

/** One store on one disk, through many lives of its process. */
class Lineage {
  readonly #random: Random;
  readonly #disk: SimulatedDisk;
  /** All that was ever issued and, as far as a later life could tell, is there. */
  #commits: StoreCommit[] = [];
  #acknowledged = 0;
  #epochTaken = 0;
  #life = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#disk = new SimulatedDisk(this.#random);
  }

  /** Lives until a fault somewhere between the first call of `load` and the last of `close`; then the process is gone. */
  async liveAndDie(): Promise<void> {
    this.#disk.failAt(between(this.#random, 1, oneOf(this.#random, [30, 150])), this.#drawFault());
    const store = this.#openStore();
    try {
      this.#verify(await store.load());
      await this.#work(store);
      await store.close();
    } catch (thrown) {
      if (!isExpected(thrown)) throw thrown;
    }
    await store.close().catch(() => undefined);
    if (this.#random() < 0.3) this.#disk.restartAfterKill();
    else this.#disk.restartAfterPowerCut();
  }

  /** Loads without any fault and checks what is there. */
  async verifyAtRest(): Promise<void> {
    const store = this.#openStore();
    this.#verify(await store.load());
    await store.close();
  }

  async #work(store: Store): Promise<void> {
    const settled: Promise<void>[] = [];
    for (let left = between(this.#random, 5, 80); left > 0; left--) {
      const commit = randomCommit(this.#random, this.#commits.length + 1);
      this.#commits.push(commit);
      settled.push(
        store.commit(commit, this.#epochTaken).then(() => {
          expect(commit.revision).to.equal(this.#acknowledged + 1);
          this.#acknowledged = commit.revision;
        }),
      );
      if (this.#random() < 0.3) await Promise.allSettled(settled);
    }
    const results = await Promise.allSettled(settled);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #verify(fleet: StoredFleet): void {
    expect(fleet.revision).to.be.within(this.#acknowledged, this.#commits.length);
    expect(fleet.epoch).to.be.at.least(this.#epochTaken);
    // What was never acknowledged and did not survive never was; what survived is now promised.
    this.#commits = this.#commits.slice(0, fleet.revision);
    this.#acknowledged = fleet.revision;
    this.#epochTaken = fleet.epoch + 1;
    expectSame(recordsOf(fleet), recordsAfter(this.#commits), 'records');
    const recent = fleet.recent.length === 0 ? [] : this.#commits.slice(-fleet.recent.length);
    expectSame(fleet.recent, recent, 'recent commits');
    if (fleet.revision > 0) expect(fleet.recent.length).to.be.at.least(Math.min(fleet.revision, 20));
  }

  #openStore(): Store {
    this.#life++;
    const self = { pid: this.#life, bootId: 'boot', started: '0' };
    return openLowdbStore(FOLDER, {
      disk: this.#disk,
      processes: { self, isAlive: () => false },
      segmentBytes: 2_000,
      snapshotBytes: 6_000,
      recentCommits: 20,
    });
  }

  #drawFault(): 'crash' | 'EIO' | 'ENOSPC' {
    return oneOf(this.#random, ['crash', 'crash', 'crash', 'EIO', 'ENOSPC']);
  }
}

function expectSame(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, what).to.deep.equal(expected);
}

function isExpected(thrown: unknown): boolean {
  return thrown instanceof Crashed || (thrown instanceof HeadframeError && thrown.reason === 'store_failed');
}

describe(`A store through ${String(LINEAGES * CRASHES_EACH)} random crash points`, () => {
  for (let seed = 1; seed <= LINEAGES; seed++) {
    it(`loses nothing acknowledged and invents nothing (seed ${String(seed)})`, async () => {
      const lineage = new Lineage(seed);
      for (let crash = 0; crash < CRASHES_EACH; crash++) {
        await lineage.liveAndDie();
        if (crash % 5 === 4) await lineage.verifyAtRest();
      }
      await lineage.verifyAtRest();
    });
  }
});
