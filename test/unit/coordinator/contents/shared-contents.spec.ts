import { expect } from 'chai';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '../../../../common/observe/logger.js';
import { ContentKeeper, ContentStore } from '../../../../coordinator/contents/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { MemoryVault } from '../../../support/memory-vault.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const FILES = [{ path: 'Dockerfile', executable: false, content: Buffer.from('FROM scratch\n') }];
const OTHERS = [{ path: 'Dockerfile', executable: false, content: Buffer.from('FROM busybox\n') }];

describe('contents that the coordinators of a cluster share', () => {
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let vault: MemoryVault;
  let needed: Set<string>;
  let one: ContentStore;
  let two: ContentStore;

  beforeEach(async () => {
    temp = await makeTempDir();
    [vault, needed] = [new MemoryVault(), new Set()];
    [one, two] = [open('one'), open('two')];
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  const open = (name: string, mostBytes = 1_000_000): ContentStore =>
    new ContentStore(join(temp.path, name), mostBytes, { vault, needed: () => needed });
  const all = async (content: ContentStore, digest: string): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of content.pieces(digest)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const fileOf = (name: string, digest: string): string => join(temp.path, name, `${digest.slice(7)}.tar`);

  it('are with all of them before they are kept, and served by one that never had them', async () => {
    const { digest, bytes } = await one.keep(FILES, () => needed);
    expect([...vault.archives.keys()]).to.deep.equal([digest]);
    expect(await two.read(digest)).to.deep.equal(FILES);
    expect(await open('three').file(digest, 'Dockerfile', 100)).to.deep.equal(FILES[0]?.content);
    expect((await all(open('four'), digest)).length).to.equal(bytes);
    expect(await open('five').isSound(digest)).to.equal(true);
    expect(await open('six').hold(digest)).to.deep.equal({ digest, bytes });
    await expectReason(two.read(`sha256:${'0'.repeat(64)}`), 'module_content_lost');
  });

  it('are taken in from a file, too, and by one of many who ask at once', async () => {
    const { digest, bytes } = await new ContentStore(join(temp.path, 'alone'), 1_000_000).keep(FILES, () => needed);
    await one.adopt(fileOf('alone', digest), { digest, bytes }, () => needed);
    expect(vault.archives.has(digest)).to.equal(true);
    const fetch = vault.fetch.bind(vault);
    let fetched = 0;
    vault.fetch = (asked) => {
      fetched += 1;
      return fetch(asked);
    };
    await Promise.all([two.read(digest), two.file(digest, 'Dockerfile', 10), all(two, digest), two.isSound(digest)]);
    expect(fetched).to.equal(1);
    expect(await readdir(join(temp.path, 'two-fetched'))).to.deep.equal([]);
  });

  it('are kept by nobody while the vault is away, which what lies here does not need', async () => {
    const { digest } = await one.keep(FILES, () => needed);
    vault.isAway = true;
    const refused = await expectReason(
      one.keep(OTHERS, () => needed),
      'content_vault_away',
    );
    expect([refused.code, refused.remedy === undefined]).to.deep.equal(['unavailable', false]);
    expect(await one.read(digest)).to.deep.equal(FILES);
    expect((await all(one, digest)).length).to.be.above(0);
    await expectReason(two.read(digest), 'content_vault_away');
    await expectReason(two.isSound(digest), 'content_vault_away');
    // Nothing holds what was not kept.
    needed.add(digest);
    await one.sweep(() => needed);
    expect(await readdir(join(temp.path, 'one'))).to.deep.equal([`${digest.slice(7)}.tar`]);
  });

  it('are refused by name where the vault gives something else, and sent anew by who has them', async () => {
    const { digest } = await one.keep(FILES, () => needed);
    vault.archives.set(digest, Buffer.alloc(512));
    expect((await expectReason(two.read(digest), 'module_content_lost')).message).to.include(digest);
    expect(await two.isSound(digest)).to.equal(false);
    expect(await readdir(join(temp.path, 'two-fetched'))).to.deep.equal([]);
    await two.keep(FILES, () => needed);
    expect(vault.sent).to.equal(2);
    expect(await open('three').read(digest)).to.deep.equal(FILES);
  });

  it('come anew where what lies here is not what it was', async () => {
    const { digest } = await one.keep(FILES, () => needed);
    const archive = await readFile(fileOf('one', digest));
    await writeFile(fileOf('one', digest), 'rot');
    expect(await one.read(digest)).to.deep.equal(FILES);
    await writeFile(fileOf('one', digest), 'rot');
    expect(await one.isSound(digest)).to.equal(true);
    expect(await readFile(fileOf('one', digest))).to.deep.equal(archive);
  });

  it('take the room here of what nobody needs, and no more than there is', async () => {
    const { digest, bytes } = await one.keep(FILES, () => needed);
    const { digest: other } = await one.keep(OTHERS, () => needed);
    const small = open('small', bytes + 10);
    await small.read(digest);
    await small.read(other);
    expect(await readdir(join(temp.path, 'small'))).to.deep.equal([`${other.slice(7)}.tar`]);
    needed.add(other);
    await expectReason(small.read(digest), 'module_cache_full');
  });

  describe('and whoever keeps them', () => {
    let clock: ManualClock;
    let leads: boolean;
    let over: AbortController;
    let running: Promise<void>;

    /** It sleeps when a round is over. */
    const roundOver = (): Promise<unknown> => waitFor('the end of a round', () => clock.pendingTimers === 1);
    const start = (): Promise<unknown> => {
      [clock, over, leads] = [new ManualClock(), new AbortController(), true];
      const keeper = new ContentKeeper({
        vault,
        content: one,
        needed: () => needed,
        leads: () => leads,
        clock,
        logger: silentLogger,
      });
      running = keeper.start(over.signal);
      return roundOver();
    };
    const goRound = (): Promise<unknown> => {
      clock.advance(600_000);
      return roundOver();
    };
    afterEach(() => {
      over.abort();
      return running;
    });

    it('sends what only lies here, claims what is needed once, and removes what is neither needed nor held', async () => {
      const { digest } = await one.keep(FILES, () => needed);
      const { digest: other } = await one.keep(OTHERS, () => needed);
      one.release(other);
      vault.archives.delete(digest);
      needed.add(digest);
      await start();
      expect([[...vault.archives.keys()], vault.claims]).to.deep.equal([[digest], []]);
      needed.add((await one.keep(OTHERS, () => needed)).digest);
      await goRound();
      await goRound();
      expect([[...vault.archives.keys()], vault.claims]).to.deep.equal([[digest, other], [other]]);
      one.release(digest);
      needed.delete(digest);
      vault.isAway = true;
      await goRound();
      vault.isAway = false;
      await goRound();
      expect([[...vault.archives.keys()], vault.claims]).to.deep.equal([[other], [other]]);
    });

    it('removes nothing once its coordinator does not lead any more', async () => {
      await start();
      const { digest } = await one.keep(FILES, () => needed);
      one.release(digest);
      leads = false;
      await goRound();
      expect([...vault.archives.keys()]).to.deep.equal([digest]);
      leads = true;
      await goRound();
      expect([...vault.archives.keys()]).to.deep.equal([]);
    });

    it('leaves what is held, though nobody needs it yet', async () => {
      const { digest } = await one.keep(FILES, () => needed);
      await start();
      expect([...vault.archives.keys()]).to.deep.equal([digest]);
    });
  });
});
