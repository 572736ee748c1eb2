import { readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AuditService } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import { toHeadframeError } from '../../../common/model/error.js';
import { createClient } from '../../../common/rpc/index.js';
import { openCoordinatorFixture } from '../../support/coordinator-fixture.js';
import { jsonOf, openCliFixture } from '../../support/cli-fixture.js';
import type { CliFixture, CliRun } from '../../support/cli-fixture.js';

interface Listed {
  readonly sequence: string;
  readonly role: string;
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly outcome: string;
  readonly reason: string;
}

const MANIFEST = `name: alpha
kind: container
container: { image: "busybox:1" }
`;

describe('the audit of a coordinator', () => {
  let fixture: CliFixture;
  before(async () => {
    fixture = await openCliFixture();
  });
  after(() => fixture.close());

  const folder = (): string => join(fixture.folder, 'data');

  async function run(...argv: string[]): Promise<CliRun> {
    return fixture.run([...argv, '-o', 'json']);
  }

  async function entries(...flags: string[]): Promise<string[][]> {
    // The shape of the contract's JSON.
    const { entries } = jsonOf(await run('audit', 'ls', ...flags)) as { entries: Listed[] };
    return entries.map(({ method, target, outcome, reason }) => [
      ...[method.slice(method.lastIndexOf('/') + 1), target, outcome, reason],
    ]);
  }

  async function logFile(): Promise<string> {
    const [name = ''] = (await readdir(join(folder(), 'audit'))).filter((one) => one.startsWith('audit-'));
    return join(folder(), 'audit', name);
  }

  it('lists changes with their targets and outcomes, and no reads', async () => {
    await run('apply', '-f', await fixture.manifest('alpha.yaml', MANIFEST));
    await run('miners', 'ls');
    await run('miners', 'scale', 'beta', '3');
    await run('delete', 'alpha', '--yes');
    expect(await entries('--target', 'miner/beta')).to.deep.equal([
      ['ScaleMiner', 'miner/beta', 'not_found', 'miner_not_found'],
      ['ScaleMiner', 'miner/beta', 'started', ''],
    ]);
    expect(await entries('--target', 'miner/alpha')).to.deep.equal([
      ['DeleteMiner', 'miner/alpha', 'ok', ''],
      ['DeleteMiner', 'miner/alpha', 'started', ''],
      ['ApplyMiners', 'miner/alpha', 'ok', ''],
      ['ApplyMiners', 'miner/alpha', 'started', ''],
    ]);
  });

  it('gives page after page up to the limit', async () => {
    const all = await entries();
    expect(await entries('--limit', '3')).to.deep.equal(all.slice(0, 3));
    expect((await entries('--since', '1h')).length).to.equal(all.length);
    expect(await entries('--until', '2020-01-01')).to.deep.equal([]);
  });

  it('is found whole by the coordinator, on its files and against an earlier head', async () => {
    const online = await run('audit', 'verify');
    expect(online.code).to.equal(0);
    const { headSequence, headHash } = jsonOf(online);
    const head = `${String(headSequence)}:${String(headHash)}`;
    await run('apply', '-f', await fixture.manifest('alpha.yaml', MANIFEST));
    const offline = await run('audit', 'verify', '--folder', folder(), '--head', head);
    expect(offline.code).to.equal(0);
    expect(Number(jsonOf(offline)['headSequence'])).to.equal(Number(headSequence) + 2);
  });

  it('is found damaged when one byte is another, with the file and the entry', async () => {
    const path = await logFile();
    const sound = await readFile(path);
    const damaged = Buffer.from(sound);
    const at = sound.indexOf('miner/alpha') + 6;
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await writeFile(path, damaged);
    const sequence = sound.subarray(0, at).toString().split('\n').length;
    for (const flags of [[], ['--folder', folder()]]) {
      const result = await run('audit', 'verify', ...flags);
      expect(result.code).to.equal(1);
      const fault = { file: path.slice(path.lastIndexOf('/') + 1), sequence, reason: 'entry_changed' };
      expect(jsonOf(result)['fault']).to.deep.equal(fault);
    }
    await writeFile(path, sound);
    expect((await run('audit', 'verify')).code).to.equal(0);
  });
});

describe('a coordinator whose audit log cannot be written', () => {
  it('refuses changes before anything is done, answers reads, and goes on when there is room again', async () => {
    const fixture = await openCoordinatorFixture({ audit: { fileSize: '64KiB' } });
    try {
      const folder = join(fixture.folder, 'audit');
      await fixture.apply({ name: 'alpha' });
      const scale = async (replicas: number): Promise<string> =>
        fixture.fleet.scaleMiner({ name: 'alpha', replicas }).then(
          () => 'ok',
          (thrown: unknown) => toHeadframeError(thrown).reason,
        );
      // The open file is still written; the next one has no folder to be in.
      await rename(folder, `${folder}-away`);
      let replicas = 2;
      while (replicas < 1000 && (await scale(replicas)) === 'ok') replicas++;
      replicas++; // the one before may have been recorded as begun and then been done
      expect(await scale(replicas)).to.equal('audit_unavailable');
      expect((await fixture.fleet.getMiner({ name: 'alpha' })).miner?.spec?.replicas).to.be.lessThan(replicas);
      await rename(`${folder}-away`, folder);
      expect(await scale(replicas)).to.equal('ok');
      let last;
      for await (const progress of createClient(AuditService, fixture.channel).verifyChain({})) last = progress;
      expect(last).to.include({ done: true, files: 2n });
      expect(last?.fault).to.equal(undefined);
    } finally {
      await fixture.close();
    }
  });
});
