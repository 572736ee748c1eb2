import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { ModuleRecord } from '../../../../../../common/model/module.js';
import type { Fleet } from '../../../../../../coordinator/fleet/index.js';
import { extract } from '../../../../../../coordinator/kinds/module/extract/index.js';
import { ContentStore, neededContent } from '../../../../../../coordinator/contents/index.js';
import { ModulePackages, Signers } from '../../../../../../coordinator/kinds/module/package/index.js';
import { Analyses, pinOf } from '../../../../../../coordinator/kinds/module/registry/index.js';
import { Protector } from '../../../../../../coordinator/security/authority/index.js';
import { SigningKey } from '../../../../../../coordinator/security/signing/index.js';
import { expectReason } from '../../../../../support/expect-reason.js';
import { openFleetFixture } from '../../../../../support/fleet-fixture.js';
import { Forger, digestOf, tarOf } from '../../../../../support/module-package.js';
import type { Forgery } from '../../../../../support/module-package.js';
import type { ManualClock } from '../../../../../support/manual-clock.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const COMMIT = 'b'.repeat(40);
const CONTENT_BYTES = 100_000;
const LONG = `${'deep/'.repeat(28)}miner_of_a_long_name.py`;
const FILES = {
  'miner.py': 'import os\nKEY = os.environ["API_KEY"]\n',
  'requirements.txt': 'numpy==1.26.0\n',
  [LONG]: '',
};

interface Desk {
  readonly fleet: Fleet;
  readonly clock: ManualClock;
  readonly packages: ModulePackages;
  readonly contents: () => Promise<string[]>;
  /** Makes a module as if it had been fetched. */
  readonly fetched: (name: string, files?: Readonly<Record<string, string>>) => Promise<ModuleRecord>;
}

async function openDesk(folders: AsyncDisposable[], isSecure = true): Promise<Desk> {
  const temp = await makeTempDir();
  folders.push(temp);
  const { fleet, clock } = await openFleetFixture();
  const content = new ContentStore(join(temp.path, 'content'), 1_000_000);
  const analyses = new Analyses(content, extract);
  const protector = new Protector({ kind: 'key', secret: randomBytes(32) });
  const signing = isSecure ? new SigningKey(fleet, protector) : undefined;
  const needed = (): Set<string> => neededContent(fleet);
  const modules = {
    get: (name: string) => fleet.module(name) ?? expect.fail(`no module ${name}`),
  };
  const parts = { fleet, modules, content, analyses, signing, clock, needed, contentBytes: CONTENT_BYTES };
  const more = { signers: new Signers(fleet, signing), bases: { python: 'python:3' }, version: '1' };
  return {
    ...{ fleet, clock },
    packages: new ModulePackages({ ...parts, ...more }),
    contents: () => readdir(join(temp.path, 'content')).catch(() => []),
    fetched: async (name, files = FILES) => {
      const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
      const kept = await content.keep(
        sorted.map(([path, text]) => ({ path, executable: false, content: Buffer.from(text) })),
        needed,
      );
      const facts = { commit: COMMIT, ...kept, files: sorted.length, skipped: 0, skippedPaths: [] };
      const pin = pinOf(facts, await analyses.of(kept.digest), { ref: 'v1.2', atMs: 1 });
      const times = { createdAtMs: 1, changedAtMs: 1, refreshedAtMs: 0, verifiedAtMs: 0 };
      const source = { url: `https://example.org/a/${name}`, ref: 'v1.2' };
      const record: ModuleRecord = {
        name,
        ...source,
        origin: { kind: 'operator', by: 'ada' },
        pin,
        findings: [],
        ...times,
      };
      fleet.transact((tx) => {
        tx.putModule(record);
      });
      content.release(kept.digest);
      return record;
    },
  };
}

async function packed(desk: Desk, name: string): Promise<{ file: Buffer; signer: string; bytes: number }> {
  const { pieces, signer, bytes } = await desk.packages.pack(name, '', 'ada');
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return { file: Buffer.concat(all), signer, bytes };
}

async function* piecesOf(file: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 1_000) yield file.subarray(at, at + 1_000);
}

function install(desk: Desk, file: Buffer, { signer = '', name = '' } = {}) {
  return desk.packages.install({ digest: digestOf(file), name, signer }, piecesOf(file), 'bob');
}

describe('packages of modules', () => {
  const folders: AsyncDisposable[] = [];
  after(() => Promise.all(folders.map((folder) => folder[Symbol.asyncDispose]())));

  it('bring a module to a coordinator that trusts who signed them, and to no other', async () => {
    const [here, there] = [await openDesk(folders), await openDesk(folders)];
    const { pin } = await here.fetched('alpha');
    const { file, signer, bytes } = await packed(here, 'alpha');
    expect([bytes, signer]).to.deep.equal([file.length, (await here.packages.signers.own())?.fingerprint]);
    const refused = await expectReason(install(there, file), 'package_signer_unknown');
    expect(refused.remedy).to.contain(signer);
    expect(await there.contents()).to.deep.equal([]);
    await there.packages.signers.trust('here', signer, 'root');
    const { record, signerName } = await install(there, file, { name: 'alpha' });
    expect(signerName).to.equal('here');
    const { atMs: _atMs, ...facts } = pin ?? expect.fail();
    expect(record.pin).to.deep.include(facts);
    expect(record).to.deep.include({ url: 'https://example.org/a/alpha', ref: 'v1.2' });
    expect(record.origin).to.include({ kind: 'package', signer, by: 'bob', packedBy: 'ada' });
    expect(await there.contents()).to.deep.equal(await here.contents());
    // Its own are no stranger's, and what is there already by git stays as it is.
    await expectReason(install(here, file), 'package_other_module');
    await here.fleet.transact((tx) => {
      tx.removeModule('alpha');
    }).durable;
    expect((await install(here, file)).signerName).to.equal('this coordinator');
    // What was installed can be packed on, under the next one's own name.
    expect((await packed(there, 'alpha')).signer).to.not.equal(signer);
  });

  it('are taken by a key that is named, which changes who signs only where it is', async () => {
    const desk = await openDesk(folders);
    const [one, two] = [new Forger(), new Forger()];
    const [first, second] = [await one.package(), await two.package()];
    await expectReason(install(desk, first, { signer: two.fingerprint }), 'package_signer_other');
    expect((await install(desk, first, { signer: one.fingerprint })).signerName).to.equal('');
    await expectReason(install(desk, first), 'package_signer_unknown');
    await desk.packages.signers.trust('two', two.fingerprint, 'root');
    await expectReason(install(desk, second), 'package_signer_changed');
    const { record } = await install(desk, second, { signer: two.fingerprint });
    expect(record.origin).to.include({ signer: two.fingerprint });
    const other = await two.package({ manifest: { source: { url: 'https://example.org/b/alpha', ref: '' } } });
    await expectReason(install(desk, other), 'package_other_module');
    await desk.packages.signers.remove('two');
    await expectReason(install(desk, second), 'package_signer_unknown');
  });

  it('are told apart by what is wrong with them, and leave nothing behind', async () => {
    const desk = await openDesk(folders);
    const eve = new Forger();
    await desk.packages.signers.trust('eve', eve.fingerprint, 'root');
    const file = (name: string): [string, string] => [name, ''];
    const large = Buffer.alloc(CONTENT_BYTES / 2 + 1);
    const cases: readonly (readonly [reason: string, forgery: Forgery])[] = [
      ['package_signature_wrong', { swapped: { 'manifest.json': '{"format":"headframe.module-package/1"}' } }],
      ['package_signature_wrong', { swapped: { 'manifest.sig': Buffer.alloc(64) } }],
      ['package_signature_wrong', { swapped: { 'signer.pem': new Forger().publicKey } }],
      ['package_unreadable', { swapped: { 'signer.pem': new Forger('ed448').publicKey } }],
      ['package_unreadable', { manifest: { name: '../alpha' } }],
      ['package_unreadable', { manifest: { created: { at: '2026-05-01T00:00:00Z', by: 'e\u202eve' } } }],
      ['package_unreadable', { more: [['more', '']] }],
      ['package_format_unknown', { manifest: { format: 'headframe.module-package/2' } }],
      ['package_digest_wrong', { swapped: { 'content.tar': await tarOf([file('miner.py')]) } }],
      ['package_digest_wrong', { swapped: { 'sbom.cdx.json': '[]\n' } }],
      // Signed as it is, but not as Headframe packs: hosts would build of other bytes than were looked at.
      ['package_digest_wrong', { content: await tarOf([['miner.py', '', { mtime: new Date(1_000) }]]) }],
      ['package_path_unsafe', { content: await tarOf([file('../../etc/passwd')]) }],
      ['package_path_unsafe', { content: await tarOf([file('/etc/passwd')]) }],
      ['package_path_unsafe', { content: await tarOf([file('.git/hooks/x')]) }],
      ['package_path_unsafe', { content: await tarOf([file('a\\b')]) }],
      ['package_path_unsafe', { content: await tarOf([file('a'), file('a')]) }],
      ['package_path_unsafe', { content: await tarOf([file('a'), file('a/b')]) }],
      ['package_path_unsafe', { content: await tarOf([file(`${'d/'.repeat(40)}x`)]) }],
      ['package_entry_forbidden', { content: await tarOf([['link', '', { type: 'symlink', linkname: '/etc' }]]) }],
      ['package_entry_forbidden', { content: await tarOf([['hard', '', { type: 'link', linkname: 'x' }]]) }],
      ['package_entry_forbidden', { content: await tarOf([['null', '', { type: 'character-device' }]]) }],
      [
        'package_too_large',
        {
          content: await tarOf([
            ['a', large],
            ['b', large],
          ]),
        },
      ],
      ['package_unreadable', { content: Buffer.from('no archive') }],
    ];
    for (const [at, [reason, forgery]] of cases.entries()) {
      const outcome = install(desk, await eve.package(forgery));
      const { remedy } = await expectReason(outcome, reason).catch((error: unknown) => {
        throw new Error(`case ${String(at)}: ${reason}`, { cause: error });
      });
      expect(remedy, reason).to.not.equal(undefined);
    }
    const whole = await eve.package();
    await expectReason(install(desk, whole.subarray(0, whole.length - 2_000)), 'package_unreadable');
    await expectReason(install(desk, gzipSync(whole)), 'package_unreadable');
    await expectReason(install(desk, whole, { name: 'beta' }), 'package_other_name');
    const wrong = { digest: digestOf('x'), name: '', signer: '' };
    await expectReason(desk.packages.install(wrong, piecesOf(whole), 'bob'), 'package_digest_wrong');
    expect(await desk.contents()).to.deep.equal([]);
    expect([...desk.fleet.modules()]).to.deep.equal([]);
    await install(desk, whole);
  });

  it('are taken one at a time, no longer than a while and no larger than may be', async () => {
    const desk = await openDesk(folders);
    let end = (): void => undefined;
    const hanging = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(1);
      await new Promise<void>((resolve) => (end = resolve));
    })();
    const expected = { digest: digestOf('x'), name: '', signer: '' };
    const waiting = desk.packages.install(expected, hanging, 'bob');
    await expectReason(desk.packages.install(expected, piecesOf(Buffer.alloc(1)), 'bob'), 'package_busy');
    desk.clock.advance(600_000);
    await expectReason(waiting, 'package_too_slow');
    end();
    const endless = (async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1_000_000);
    })();
    await expectReason(desk.packages.install(expected, endless, 'bob'), 'package_too_large');
  });

  it('are not made where nothing could sign them, nor of what is not kept', async () => {
    const [open, desk] = [await openDesk(folders, false), await openDesk(folders)];
    await open.fetched('alpha');
    await expectReason(open.packages.pack('alpha', '', 'ada'), 'packages_need_tls');
    await desk.fetched('alpha');
    const refused = await expectReason(desk.packages.pack('alpha', 'c'.repeat(40), 'ada'), 'module_commit_unknown');
    expect(refused.violations[0]?.expected).to.contain(COMMIT);
    // A coordinator in clear takes what others have signed.
    const { file, signer } = await packed(desk, 'alpha');
    await open.fleet.transact((tx) => {
      tx.removeModule('alpha');
    }).durable;
    expect((await install(open, file, { signer })).record.pin?.commit).to.equal(COMMIT);
  });

  it('are judged by who signed them and what is otherwise here, when the module is verified', async () => {
    const desk = await openDesk(folders);
    const { fingerprint } = (await desk.packages.signers.own()) ?? expect.fail();
    const packaged = { by: 'bob', packedBy: 'ada', packedAtMs: 0, base: 'python:3', roles: ['miner'] };
    const codes = (more: Partial<typeof packaged>, signer: string): string[] =>
      desk.packages.judge({ ...packaged, signer, ...more }, ['miner']).map(({ code }) => code);
    expect(codes({}, fingerprint)).to.deep.equal(['package_signed']);
    expect(codes({ base: 'other', roles: ['miner', 'scout'] }, 'sha256:x')).to.deep.equal([
      'package_signer_untrusted',
      'package_base_differs',
      'package_roles_differ',
    ]);
  });

  it('keep the private half of their key sealed', async () => {
    const desk = await openDesk(folders);
    await desk.fetched('alpha');
    await packed(desk, 'alpha');
    const setting = JSON.stringify(desk.fleet.setting('signingKey'));
    expect(setting).to.contain('BEGIN PUBLIC KEY').and.to.not.contain('PRIVATE');
    const own = await desk.packages.signers.own();
    expect(await desk.packages.signers.own()).to.deep.equal(own);
  });
});
