import { expect } from 'chai';
import { systemClock } from '../../../../../common/model/clock.js';
import { HeadframeError } from '../../../../../common/model/error.js';
import { openLogStore } from '../../../../../coordinator/store/jetstream/jetstream-store.js';
import { settingsOf } from '../../../../../coordinator/store/jetstream/options.js';
import { cutRefusal, decodeWitness, encodeWitness } from '../../../../../coordinator/store/jetstream/witness.js';
import { FENCE_EPOCHS } from '../../../../../coordinator/store/store.js';
import type { Store } from '../../../../../coordinator/store/store.js';
import { FakeLogServers } from '../../../../support/fake-log-servers.js';
import { MemoryWitness } from '../../../../support/memory-witness.js';
import { refusalOf } from '../../../../support/refusal-of.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { smallCommit } from '../../../../support/store-disk.js';

const NOTE = { epoch: 5, revision: 40, sequence: 44, atMs: 0 };
const found = (revision: number, epoch = 5) => ({ stream: 'JOURNAL', epoch, revision });

describe('A journal of which is noted elsewhere how far it goes', () => {
  it('is refused where it ends before that, unless it was set back by who restored a backup there', () => {
    expect(cutRefusal(undefined, found(0))).to.equal(undefined);
    expect(cutRefusal(NOTE, found(40))).to.equal(undefined);
    expect(cutRefusal(NOTE, found(41, 6))).to.equal(undefined);
    expect(cutRefusal(NOTE, found(39))).to.include({ code: 'data_loss', reason: 'store_cut' });
    expect(cutRefusal(NOTE, found(39, 6))?.metadata).to.include({ revision: '39', acknowledged: '40' });
    // Whoever restored did not know of the last epochs, where they were lost, too.
    expect(cutRefusal(NOTE, found(3, 2 + FENCE_EPOCHS))).to.equal(undefined);
  });

  it('is taken as it is where the note cannot be read', () => {
    expect(decodeWitness(encodeWitness(NOTE))).to.deep.equal(NOTE);
    for (const text of ['', '{}', '{"epoch":1}', 'null', JSON.stringify({ ...NOTE, revision: -1 })])
      expect(decodeWitness(text), text).to.equal(undefined);
  });

  it('is refused by the next who leads, again and again, and by nobody who has all of it', async () => {
    const [servers, witness] = [new FakeLogServers(seededRandom(1), 'calm'), new MemoryWitness()];
    const clock = { ...systemClock, sleep: () => Promise.resolve() };
    const open = (): Store => openLogStore(servers.place(1_000), settingsOf({ clock, witness }));
    const first = open();
    await first.load();
    for (let revision = 1; revision <= 10; revision += 1) await first.commit(smallCommit(revision), 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await first.close();
    const second = open();
    expect((await second.load()).revision).to.equal(10);
    await second.close();
    // The beginning of the epoch, and six commits.
    servers.setBack(7);
    for (let tries = 0; tries < 6; tries += 1)
      expect(await refusalOf(open().load())).to.include({ code: 'data_loss', reason: 'store_cut' });
  });

  it('takes no epoch twice, though the beginning of one was lost', async () => {
    const [servers, witness] = [new FakeLogServers(seededRandom(1), 'calm'), new MemoryWitness()];
    const open = (): Store => openLogStore(servers.place(1_000), settingsOf({ witness }));
    const first = open();
    await first.load();
    await first.commit(smallCommit(1), 1);
    await first.close();
    await witness.replace(encodeWitness({ ...NOTE, epoch: 7, revision: 1 }), (await witness.read())?.revision ?? 0);
    const { epoch } = await open().load();
    expect(epoch + 1).to.equal(8);
  });

  it('is not taken over while the note cannot be asked for', async () => {
    const [servers, witness] = [new FakeLogServers(seededRandom(1), 'calm'), new MemoryWitness()];
    const away = { code: 'unavailable', reason: 'shared_place_away', message: 'away' } as const;
    witness.failure = new HeadframeError(away);
    const store = openLogStore(servers.place(1_000), settingsOf({ witness, commitTimeoutMs: 50 }));
    expect(await refusalOf(store.load())).to.include({ code: 'unavailable', reason: 'store_unreachable' });
    expect(servers.changes).to.equal(0);
  });
});
