import { expect } from 'chai';
import fc from 'fast-check';
import { join } from 'node:path';
import type { DiskFile } from '../../../../../common/disk/index.js';
import {
  AUDIT_SAMPLE_FOLDER,
  SMALL_FILES,
  openAuditLog,
  recordAll,
  verdictOf,
} from '../../../../support/audit-samples.js';
import { seededRandom } from '../../../../support/seeded-random.js';
import { SimulatedDisk } from '../../../../support/simulated-disk.js';

const ENTRIES = 12;

/** A log of several files, and its last entry. */
async function writtenLog(): Promise<{ disk: SimulatedDisk; head: { sequence: number; hash: string } }> {
  const disk = new SimulatedDisk(seededRandom(1));
  const log = await openAuditLog(disk);
  await recordAll(
    log,
    Array.from({ length: ENTRIES }, (_, index) => `miner/m${String(index)}`),
  );
  const { head } = log;
  await log.close();
  return { disk, head };
}

async function filesOf(disk: SimulatedDisk): Promise<string[]> {
  const names = await disk.list(AUDIT_SAMPLE_FOLDER);
  return names.filter((name) => name.startsWith('audit-')).sort();
}

async function replace(disk: SimulatedDisk, name: string, text: Buffer | string): Promise<void> {
  const file: DiskFile = await disk.edit(join(AUDIT_SAMPLE_FOLDER, name));
  await file.truncate(0);
  await file.write(Buffer.from(text), 0);
  await file.sync();
  await file.close();
}

async function linesOf(disk: SimulatedDisk, name: string): Promise<string[]> {
  return (await disk.read(join(AUDIT_SAMPLE_FOLDER, name))).toString().split('\n').slice(0, -1);
}

async function expectFlipFound(whichFile: number, place: (bytes: Buffer) => number, bit: number): Promise<void> {
  const { disk } = await writtenLog();
  const files = await filesOf(disk);
  const name = files[whichFile % files.length] ?? '';
  const bytes = Buffer.from(await disk.read(join(AUDIT_SAMPLE_FOLDER, name)));
  const at = place(bytes);
  const sequence = Number(/\d+/.exec(name)?.[0]) + bytes.subarray(0, at).toString().split('\n').length - 1;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  await replace(disk, name, bytes);
  const { fault } = await verdictOf(disk);
  expect(fault?.file).to.equal(name);
  expect(fault?.sequence).to.equal(sequence);
}

describe('a look through the audit log', () => {
  it('finds a log of several files whole and tells its head', async () => {
    const { disk, head } = await writtenLog();
    const verdict = await verdictOf(disk, head);
    expect(verdict).to.deep.equal({
      files: (await filesOf(disk)).length,
      entries: ENTRIES + 1,
      head,
      fault: undefined,
      done: true,
    });
    expect(verdict.files).to.be.greaterThan(2);
  });

  it('finds any single bit that was flipped and names the entry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat({ max: 7 }), async (whichFile, whichByte, bit) => {
        await expectFlipFound(whichFile, (bytes) => whichByte % bytes.length, bit);
      }),
      { numRuns: 300 },
    );
  });

  it('finds a flipped bit in the end of the last line of any file', async () => {
    for (const whichFile of [0, 1, 2]) await expectFlipFound(whichFile, (bytes) => bytes.length - 1, whichFile);
  });

  it('finds entries that were removed, swapped, doubled or put in from elsewhere', async () => {
    const tamper = {
      remove: (lines: string[], at: number) => lines.toSpliced(at, 1),
      swap: (lines: string[], at: number) => lines.with(at, lines.at(at - 1) ?? '').with(at - 1, lines[at] ?? ''),
      double: (lines: string[], at: number) => lines.toSpliced(at, 0, lines.at(at - 1) ?? ''),
      insert: (lines: string[], at: number) => lines.toSpliced(at, 0, '{"sequence":1}'),
    };
    const kinds = fc.constantFrom(...Object.values(tamper));
    await fc.assert(
      fc.asyncProperty(kinds, fc.nat(), fc.nat(), async (change, whichFile, whichLine) => {
        const { disk } = await writtenLog();
        const files = await filesOf(disk);
        const name = files[whichFile % files.length] ?? '';
        const lines = await linesOf(disk, name);
        fc.pre(lines.length > 1);
        await replace(disk, name, `${change(lines, whichLine % lines.length).join('\n')}\n`);
        expect((await verdictOf(disk)).fault).not.to.equal(undefined);
      }),
      { numRuns: 200 },
    );
  });

  it('finds a file that was removed, wherever it was', async () => {
    const count = (await filesOf((await writtenLog()).disk)).length;
    for (let index = 0; index < count; index++) {
      const { disk } = await writtenLog();
      await disk.remove(join(AUDIT_SAMPLE_FOLDER, (await filesOf(disk))[index] ?? ''));
      expect((await verdictOf(disk)).fault?.reason).to.equal(index === count - 1 ? 'tail_missing' : 'entry_missing');
    }
  });

  it('finds a tail that was cut off and an anchor that is gone', async () => {
    const { disk, head } = await writtenLog();
    const name = (await filesOf(disk)).at(-1) ?? '';
    const lines = await linesOf(disk, name);
    await replace(
      disk,
      name,
      lines
        .slice(0, -1)
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect((await verdictOf(disk)).fault).to.deep.equal({
      file: name,
      sequence: head.sequence,
      reason: 'tail_missing',
    });
    await disk.remove(join(AUDIT_SAMPLE_FOLDER, 'head'));
    expect((await verdictOf(disk)).fault?.reason).to.equal('anchor_missing');
  });

  it('finds by a head that was noted elsewhere that all was written anew', async () => {
    const { head } = await writtenLog();
    const forged = new SimulatedDisk(seededRandom(2));
    const log = await openAuditLog(forged);
    await recordAll(
      log,
      Array.from({ length: ENTRIES }, () => 'miner/forged'),
    );
    expect((await verdictOf(forged)).fault).to.equal(undefined);
    expect((await verdictOf(forged, head)).fault).to.include({ sequence: head.sequence, reason: 'head_differs' });
    expect((await verdictOf(forged, { ...head, sequence: 99 })).fault?.reason).to.equal('tail_missing');
  });

  it('takes it for right that old files went for their number, and nothing more', async () => {
    const disk = new SimulatedDisk(seededRandom(3));
    const log = await openAuditLog(disk, { ...SMALL_FILES, files: 3 });
    await recordAll(
      log,
      Array.from({ length: 40 }, (_, index) => `miner/m${String(index)}`),
    );
    const files = await filesOf(disk);
    expect(files).to.have.length(3);
    expect((await verdictOf(disk)).fault).to.equal(undefined);
    await disk.remove(join(AUDIT_SAMPLE_FOLDER, files[0] ?? ''));
    expect((await verdictOf(disk)).fault?.reason).to.equal('entry_missing');
  });
});
