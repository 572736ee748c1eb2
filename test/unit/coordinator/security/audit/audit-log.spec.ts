import { expect } from 'chai';
import fc from 'fast-check';
import { HeadframeError } from '../../../../../common/model/error.js';
import type { AuditFilter } from '../../../../../coordinator/security/audit/index.js';
import {
  AUDIT_SAMPLE_FOLDER,
  SMALL_FILES,
  openAuditLog,
  recordAll,
  sampleFacts,
  verdictOf,
} from '../../../../support/audit-samples.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { SimulatedDisk } from '../../../../support/simulated-disk.js';

const ALL: AuditFilter = { sinceMs: undefined, untilMs: undefined, who: '', method: '', target: '', outcome: '' };
const FIRST = { before: Infinity, size: 1000 };

function reasonOf(thrown: unknown): string {
  return thrown instanceof HeadframeError ? thrown.reason : String(thrown);
}

describe('the audit log', () => {
  it('keeps what was acknowledged through any crash, mends the tail and says so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), fc.integer({ min: 1, max: 60 }), async (seed, call) => {
        const disk = new SimulatedDisk(seededRandom(seed));
        const log = await openAuditLog(disk);
        disk.failAt(call, 'crash');
        const acknowledged: string[] = [];
        const writes = Array.from({ length: 12 }, async (_, index) => {
          // Some together and some one by one.
          if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
          const target = `miner/m${String(index)}`;
          await log.record(sampleFacts({ target }));
          acknowledged.push(target);
        });
        await Promise.allSettled(writes);
        await log.close().catch(() => undefined);
        disk.restartAfterPowerCut();
        const again = await openAuditLog(disk);
        await again.record(sampleFacts({ target: 'miner/after' }));
        expect((await verdictOf(disk)).fault).to.equal(undefined);
        const { entries } = await again.list(ALL, FIRST);
        expect(entries.map(({ target }) => target)).to.include.members([...acknowledged, 'miner/after']);
        expect(entries.filter(({ method }) => method === 'log.mended').length).to.be.at.most(1);
      }),
      { numRuns: 200 },
    );
  });

  it('records that it has cut off the rest of a torn write', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const log = await openAuditLog(disk);
    await log.close();
    const [name = ''] = (await disk.list(AUDIT_SAMPLE_FOLDER)).filter((one) => one.startsWith('audit-'));
    const path = `${AUDIT_SAMPLE_FOLDER}/${name}`;
    const file = await disk.edit(path);
    await file.write(Buffer.from('{"sequence":2,"at'), await disk.size(path));
    await file.sync();
    const { entries } = await (await openAuditLog(disk)).list(ALL, FIRST);
    expect(entries.map(({ method, target }) => [method, target])).to.deep.equal([
      ['log.mended', 'bytes/17'],
      ['log.began', ''],
    ]);
  });

  for (const fault of ['ENOSPC', 'EIO'] as const) {
    it(`refuses what it cannot write at any call that fails with ${fault}, and goes on without a hole`, async () => {
      for (let call = 1; call <= 12; call++) {
        const disk = new SimulatedDisk(seededRandom(call));
        const log = await openAuditLog(disk, { ...SMALL_FILES, fileBytes: 400 });
        await recordAll(log, ['miner/before']);
        disk.failAt(call, fault);
        const outcomes: string[] = [];
        for (let index = 0; index < 4; index++) {
          const target = `miner/m${String(index)}`;
          await log.record(sampleFacts({ target })).then(
            () => outcomes.push(target),
            (thrown: unknown) => outcomes.push(reasonOf(thrown)),
          );
        }
        const refused = outcomes.filter((outcome) => outcome === 'audit_unavailable');
        expect(refused.length, `call ${String(call)}`).to.be.at.most(1);
        if (call === 1) expect(refused).to.have.length(1);
        disk.restartAfterPowerCut();
        const again = await openAuditLog(disk, { ...SMALL_FILES, fileBytes: 400 });
        expect((await verdictOf(disk)).fault).to.equal(undefined);
        const { entries } = await again.list({ ...ALL, target: 'miner/' }, FIRST);
        const kept = outcomes.filter((outcome) => outcome.startsWith('miner/'));
        expect(entries.map(({ target }) => target)).to.include.members(kept);
      }
    });
  }

  it('does not open when an entry that was durable is changed, and names it', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    await recordAll(await openAuditLog(disk, { ...SMALL_FILES, fileBytes: 100_000 }), ['miner/a', 'miner/b']);
    disk.restartAfterKill();
    const [name = ''] = (await disk.list(AUDIT_SAMPLE_FOLDER)).filter((one) => one.startsWith('audit-'));
    disk.flip(`${AUDIT_SAMPLE_FOLDER}/${name}`, 10);
    const thrown: unknown = await openAuditLog(disk).catch((error: unknown) => error);
    expect(reasonOf(thrown)).to.equal('audit_damaged');
    expect(thrown instanceof HeadframeError && thrown.metadata).to.deep.equal({
      ...{ file: name, sequence: '1', fault: 'entry_changed' },
    });
  });

  it('lists by each filter, newest first, page by page', async () => {
    const log = await openAuditLog(new SimulatedDisk(seededRandom(1)));
    const notFound = { outcome: 'not_found', reason: 'host_not_found' };
    await log.record(sampleFacts({ atMs: 10, target: 'miner/a,miner/b' }));
    await log.record(sampleFacts({ atMs: 20, target: 'host/h1', role: 'admin', name: 'eve', ...notFound }));
    await log.record(sampleFacts({ atMs: 30, method: '/headframe.v1.FleetService/Exec', outcome: 'started' }));
    const found = async (filter: Partial<AuditFilter>): Promise<number[]> =>
      (await log.list({ ...ALL, ...filter }, FIRST)).entries.map(({ sequence }) => sequence);
    expect(await found({})).to.deep.equal([4, 3, 2, 1]);
    expect(await found({ sinceMs: 20 })).to.deep.equal([4, 3, 1]);
    expect(await found({ untilMs: 20, sinceMs: 1 })).to.deep.equal([3, 2]);
    expect(await found({ who: 'eve' })).to.deep.equal([3]);
    expect(await found({ who: 'operator' })).to.deep.equal([4, 2]);
    expect(await found({ method: 'Exec' })).to.deep.equal([4]);
    expect(await found({ target: 'miner/b' })).to.deep.equal([2]);
    expect(await found({ target: 'host/' })).to.deep.equal([3]);
    expect(await found({ outcome: 'error' })).to.deep.equal([3]);
    expect(await found({ outcome: 'host_not_found' })).to.deep.equal([3]);
    expect(await found({ outcome: 'started' })).to.deep.equal([4]);
    const first = await log.list(ALL, { before: Infinity, size: 3 });
    expect(first.before).to.equal(2);
    expect((await log.list(ALL, { before: 2, size: 3 })).entries.map(({ sequence }) => sequence)).to.deep.equal([1]);
  });

  it('counts refused calls beyond ten a minute, so that a stranger fills no disk', async () => {
    const clock = new ManualClock();
    const log = await openAuditLog(new SimulatedDisk(seededRandom(1)), undefined, clock);
    const refusal = sampleFacts({ role: 'stranger', outcome: 'unauthenticated', reason: 'certificate_expired' });
    for (let call = 0; call < 5000; call++) log.refused(refusal);
    clock.advance(60_000);
    await log.record(sampleFacts());
    const { entries } = await log.list({ ...ALL, who: 'stranger' }, FIRST);
    expect(entries.map(({ count }) => count)).to.deep.equal([4990, ...Array.from({ length: 10 }, () => 1)]);
    expect(entries[0]).to.include({ outcome: 'unauthenticated', reason: 'certificate_expired', peer: '' });
    await log.close();
  });

  it('waits for no disk and fails nobody when it cannot write what was refused', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const log = await openAuditLog(disk);
    disk.failAt(1, 'ENOSPC');
    const unhandled: unknown[] = [];
    const note = (error: unknown): unknown => unhandled.push(error);
    process.on('unhandledRejection', note);
    log.refused(sampleFacts({ role: 'stranger', reason: 'lost' }));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).to.deep.equal([]);
    log.refused(sampleFacts({ role: 'stranger', reason: 'kept' }));
    await log.close();
    const { entries } = await (await openAuditLog(disk)).list({ ...ALL, who: 'stranger' }, FIRST);
    expect(entries.map(({ reason }) => reason)).to.deep.equal(['kept']);
  });

  it('removes files of an age that is set', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const log = await openAuditLog(disk, { ...SMALL_FILES, maxAgeMs: 1000 });
    for (let atMs = 0; atMs <= 4000; atMs += 100) await log.record(sampleFacts({ atMs }));
    const { entries } = await log.list(ALL, FIRST);
    expect(Math.min(...entries.map(({ atMs }) => atMs))).to.be.within(2000, 3000);
    expect((await verdictOf(disk)).fault).to.equal(undefined);
  });
});
