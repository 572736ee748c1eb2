import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../../common/model/clock.js';
import { GitSource } from '../../../../coordinator/kinds/module/source/index.js';
import type { SourceRules } from '../../../../coordinator/kinds/module/source/index.js';
import { expectReason } from '../../../support/expect-reason.js';
import { GitRepository, writeFiles } from '../../../support/git-repository.js';
import { makeTempDir } from '../../../support/temp-dir.js';

const MIB = 2 ** 20;
const RULES: SourceRules = {
  fileUrls: true,
  privateAddresses: false,
  downloadBytes: 64 * MIB,
  contentBytes: 64 * MIB,
  fetchMs: 20_000,
};

describe('a git source', () => {
  const { signal } = new AbortController();
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let folder: string;
  let origin: GitRepository;
  let made = 0;

  before(async () => {
    temp = await makeTempDir();
    folder = temp.path;
    origin = new GitRepository(join(folder, 'origin.git'));
  });
  after(() => temp[Symbol.asyncDispose]());

  const sourceWith = (rules: Partial<SourceRules> = {}): GitSource =>
    new GitSource({ scratch: join(folder, 'scratch'), clock: systemClock }, { ...RULES, ...rules });
  const anew = (): GitRepository => new GitRepository(join(folder, `other-${String((made += 1))}.git`));

  it('finds the commit of a branch, a tag and the default branch, and says which it has not', async () => {
    const commit = origin.commit(origin.treeOf({ 'miner.py': 'print(1)\n' }));
    origin.git(['tag', '-a', '-m', 'a tag', 'v1.0', commit]);
    const source = sourceWith();
    for (const ref of ['', 'main', 'v1.0', 'refs/heads/main'])
      expect(await source.resolve(origin.url, ref, signal), ref).to.equal(commit);
    await expectReason(source.resolve(origin.url, 'dev', signal), 'module_ref_missing');
    await expectReason(source.fetch(origin.url, '1'.repeat(40), signal), 'module_ref_missing');
    expect(await source.has(origin.url, commit, signal)).to.equal(true);
    expect(await source.has(origin.url, '1'.repeat(40), signal)).to.equal(false);
    await expectReason(source.resolve(`${origin.url}-gone`, '', signal), 'module_origin_refused');
    expect(await readdir(join(folder, 'scratch'))).to.deep.equal([]);
  });

  it('takes files alone: nothing is run, nothing outside is read, no path leads out', async () => {
    const marker = join(folder, 'was-run');
    const script = `#!/bin/sh\ntouch ${marker}\ncat\n`;
    const home = join(folder, 'home');
    writeFiles(home, {
      evil: script,
      '.gitconfig': `[filter "evil"]\n smudge = sh ${home}/evil\n[core]\n hooksPath = ${home}\n fsmonitor = ${home}/evil\n`,
    });
    const env = { HOME: process.env['HOME'], GIT_CONFIG_GLOBAL: process.env['GIT_CONFIG_GLOBAL'] };
    Object.assign(process.env, { HOME: home, GIT_CONFIG_GLOBAL: join(home, '.gitconfig') });
    try {
      const files = sourceOf(anew(), script);
      const content = await sourceWith().fetch(files.url, files.commit, signal);
      expect(content.files.map(({ path, executable }) => [path, executable])).to.deep.equal([
        ['.gitattributes', false],
        ['.gitmodules', false],
        ['hooks/post-checkout', true],
        ['miner.py', false],
        ['twin', false],
      ]);
      expect(content.files.at(-2)?.content.toString()).to.equal('import os\n');
      expect(content.skipped.map(({ path, why }) => `${why} ${path}`).sort()).to.deep.equal([
        'submodule lib',
        'symlink passwd',
        'too_large weights.bin',
        'unsafe_path ../evil',
        'unsafe_path .git/hooks/post-checkout',
        'unsafe_path na?me',
        'unsafe_path twin',
      ]);
    } finally {
      for (const [name, value] of Object.entries(env))
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    }
    expect(existsSync(marker)).to.equal(false);
    expect(existsSync(join(folder, 'evil'))).to.equal(false);
  });

  /** A repository with everything that a stranger might try. */
  function sourceOf(repository: GitRepository, script: string): { url: string; commit: string } {
    const hook = repository.blob(script);
    const plain = repository.blob('import os\n');
    const file = (name: string, id = plain) => ({ mode: '100644', name, id });
    const hooks = repository.tree([{ mode: '100755', name: 'post-checkout', id: hook }]);
    const tree = repository.tree([
      { mode: '40000', name: '..', id: repository.tree([file('evil')]) },
      { mode: '40000', name: '.git', id: repository.tree([{ mode: '40000', name: 'hooks', id: hooks }]) },
      file('.gitattributes', repository.blob('* filter=evil diff=evil\n')),
      file('.gitmodules', repository.blob('[submodule "lib"]\n path = lib\n url = ext::sh -c touch% evil\n')),
      { mode: '40000', name: 'hooks', id: hooks },
      { mode: '160000', name: 'lib', id: '2'.repeat(40) },
      file('miner.py'),
      file('na\nme'),
      { mode: '120000', name: 'passwd', id: repository.blob('/etc/passwd') },
      file('twin'),
      { mode: '40000', name: 'twin', id: repository.tree([]) },
      file('twin'),
      file('weights.bin', repository.blob(Buffer.alloc(20 * MIB))),
    ]);
    return { url: repository.url, commit: repository.commit(tree) };
  }

  it('ends a fetch that brings too much, by the kernel, and refuses content that is too large', async () => {
    const repository = anew();
    const commit = repository.commit(
      repository.treeOf({ 'data.bin': randomBytes(3 * MIB), 'b.bin': randomBytes(100) }),
    );
    await expectReason(sourceWith({ downloadBytes: MIB }).fetch(repository.url, commit, signal), 'module_too_large');
    await expectReason(sourceWith({ contentBytes: 2 * MIB }).fetch(repository.url, commit, signal), 'module_too_large');
    expect((await sourceWith().fetch(repository.url, commit, signal)).files.length).to.equal(2);
  });

  it('refuses a commit whose trees unfold without end', async () => {
    const repository = anew();
    let tree = repository.treeOf({ a: 'a' });
    for (let level = 0; level < 8; level += 1)
      tree = repository.tree('abcdefghij'.split('').map((name) => ({ mode: '40000', name, id: tree })));
    const commit = repository.commit(tree);
    await expectReason(sourceWith().fetch(repository.url, commit, signal), 'module_too_large');
  });

  it('calls no address inside of a private network, and gives up an origin that does not answer', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address of this kind.
    const { port } = server.address() as AddressInfo;
    const url = `https://localhost:${String(port)}/owner/module`;
    await expectReason(sourceWith().resolve(url, '', signal), 'module_address_private');
    await expectReason(sourceWith().resolve('https://127.0.0.1/owner/module', '', signal), 'module_address_private');
    const patient = sourceWith({ privateAddresses: true, fetchMs: 300 });
    const atMs = systemClock.monotonicMs();
    await expectReason(patient.fetch(url, '3'.repeat(40), signal), 'module_too_slow');
    expect(systemClock.monotonicMs() - atMs).to.be.lessThan(5_000);
    const stop = new AbortController();
    const fetching = sourceWith({ privateAddresses: true }).fetch(url, '3'.repeat(40), stop.signal);
    setTimeout(() => stop.abort(), 100);
    expect(await fetching.catch((error: unknown) => stop.signal.aborted && error)).to.have.property(
      'name',
      'AbortError',
    );
    server.close();
  });
});
