import { expect } from 'chai';
import { checkSchema } from '../../../../../common/model/schema/index.js';
import { digestOf, packFiles, unpackFiles } from '../../../../../coordinator/contents/archive.js';
import { explainGit } from '../../../../../coordinator/kinds/module/source/explain-git.js';
import { moduleRefField, moduleUrlField } from '../../../../../coordinator/kinds/module/source/index.js';
import { readAdvertised } from '../../../../../coordinator/kinds/module/source/ref-advertisement.js';
import { readTree } from '../../../../../coordinator/kinds/module/source/tree.js';

const ID = 'a'.repeat(40);

describe('the source of a module', () => {
  const takes = (field: Parameters<typeof checkSchema>[0], value: string): boolean =>
    'value' in checkSchema(field, value);

  it('is a URL by https, and by file where that is allowed', () => {
    const good = [
      'https://github.com/owner/repo',
      'https://git.example.org:8443/a/b.git',
      'https://[2606:4700::1]/a/b',
    ];
    const bad = [
      ...[
        'http://example.org/a',
        'git://example.org/a',
        'ssh://git@example.org/a',
        'git@example.org:a/b',
        'ext::sh -c id',
      ],
      ...[
        'https://user@example.org/a',
        'https://u:p@example.org/a',
        'https://example.org/a?b=c',
        'https://example.org/a#b',
      ],
      ...[
        'https://example.org/a/../b',
        'https://example.org',
        'https://-x/a',
        '--upload-pack=x',
        'https://example.org/a b',
      ],
      ...['https://example.org/\u0007', `https://example.org/${'a'.repeat(1100)}`, 'HTTPS://EXAMPLE.ORG/a', ''],
    ];
    for (const url of good) expect(takes(moduleUrlField({ fileUrls: false }), url), url).to.equal(true);
    for (const url of [...bad, 'file:///srv/a'])
      expect(takes(moduleUrlField({ fileUrls: false }), url), url).to.equal(false);
    for (const url of [...good, 'file:///srv/a.git'])
      expect(takes(moduleUrlField({ fileUrls: true }), url), url).to.equal(true);
    for (const url of [...bad, 'file://host/a', 'file:///a/../b'])
      expect(takes(moduleUrlField({ fileUrls: true }), url), url).to.equal(false);
  });

  it('has a ref that no git takes for an option or an expression', () => {
    for (const ref of ['', 'main', 'v1.0.2', 'feature/x_y', ID, 'refs/tags/v1'])
      expect(takes(moduleRefField, ref), ref).to.equal(true);
    for (const ref of ['-x', '--all', 'a..b', 'a@{1}', 'a^', 'a~1', 'a:b', 'a b', '/a', 'a/', 'a.lock', '*', 'a\n'])
      expect(takes(moduleRefField, ref), ref).to.equal(false);
  });

  it('tells the commit of a tag by what the tag points to, and goes for a tag before a branch', () => {
    const line = (digit: string, name: string): string => `${digit.repeat(40)}\t${name}\n`;
    const answer =
      line('1', 'refs/heads/x') + line('2', 'refs/tags/x') + line('3', 'refs/tags/x^{}') + line('4', 'HEAD');
    expect(readAdvertised(answer, 'x')).to.equal('3'.repeat(40));
    expect(readAdvertised(line('1', 'refs/heads/x'), 'x')).to.equal('1'.repeat(40));
    expect(readAdvertised(answer, '')).to.equal('4'.repeat(40));
    expect(readAdvertised('not a hash\tHEAD\n', '')).to.equal(undefined);
  });

  it('gives plain files with plain paths, by path, and names what it leaves out', () => {
    const entries = [
      `100755 blob ${ID}       7\tb/run.sh`,
      `100644 blob ${ID}       1\ta.py`,
      `120000 blob ${ID}       9\tlink`,
      `160000 commit ${ID}       -\tsub`,
      `100644 blob ${ID} 99999999999\thuge.bin`,
      `100644 blob ${ID}       1\t${'d/'.repeat(40)}deep.py`,
      `100644 blob ${ID}       1\tback\\slash`,
      `100644 blob ${ID}       1\tturned\u202e.py`,
      `100644 blob ${ID}       1\t.GIT/config`,
      `100600 blob ${ID}       1\todd`,
    ];
    const { files, skipped } = readTree(Buffer.from(`${entries.join('\0')}\0`), 1_000);
    expect(files.map(({ path, executable }) => [path, executable])).to.deep.equal([
      ['a.py', false],
      ['b/run.sh', true],
    ]);
    expect(skipped.map(({ why }) => why)).to.deep.equal([
      ...['symlink', 'submodule', 'too_large', 'too_deep', 'unsafe_path', 'unsafe_path', 'unsafe_path', 'unknown_mode'],
    ]);
    expect(() => readTree(Buffer.from(`${entries.join('\0')}\0`), 7))
      .to.throw()
      .with.property('reason', 'module_too_large');
    expect(() => readTree(Buffer.from('100644 x\0'), 7))
      .to.throw()
      .with.property('reason', 'module_unreadable');
  });

  it('makes the same archive of the same files, and gives them back', async () => {
    const files = [
      { path: 'a.py', executable: false, content: Buffer.from('a') },
      { path: `${'long/'.repeat(60)}é.sh`, executable: true, content: Buffer.alloc(9_000, 7) },
      { path: 'empty', executable: false, content: Buffer.alloc(0) },
    ];
    const archive = await packFiles(files);
    expect(await unpackFiles(archive)).to.deep.equal(files);
    expect(await digestOf(await packFiles(files))).to.equal(await digestOf(archive));
    // So that a later release knows again what an earlier one has pinned.
    const [first] = files;
    const alone = await digestOf(await packFiles(first === undefined ? [] : [first]));
    expect(alone).to.equal('sha256:3d4c39ad6f84367ef26930bbe0c1fadfeaafbb93735d2354bb78c60a878136ea');
  });

  it('explains what git says, and gives on nothing that steers a terminal', () => {
    const said: readonly (readonly [string, string])[] = [
      ["fatal: unable to access 'https://x/y/': The requested URL returned error: 301", 'module_redirected'],
      ["fatal: unable to access 'https://x/y/': The requested URL returned error: 404", 'module_origin_refused'],
      ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'module_origin_refused'],
      ['fatal: remote error: upload-pack: not our ref 12', 'module_ref_missing'],
      ["fatal: unable to access 'https://x/y/': Could not resolve host: x", 'module_origin_away'],
      ['fatal: fetch-pack: invalid index-pack output', 'module_unreadable'],
    ];
    for (const [text, reason] of said)
      expect(explainGit({ kind: 'failed', said: text }, 'x').reason, text).to.equal(reason);
    expect(explainGit({ kind: 'failed', said: 'fatal: \u001b[2Jgone\u0007' }, 'x').message).to.match(/^[\x20-\x7e]+$/);
    expect(explainGit({ kind: 'missing' }, 'x')).to.include({ code: 'failed_precondition', reason: 'git_missing' });
    expect(explainGit({ kind: 'timeout' }, 'x').metadata).to.deep.equal({ class: 'wait_poll' });
  });
});
