import { expect } from 'chai';
import { cleanText } from '../../../../../coordinator/chain/network/clean-text.js';
import { suggestModules } from '../../../../../coordinator/kinds/module/registry/suggest.js';

const RULES = { fileUrls: false };

describe('the modules that identities of subnets name', () => {
  const of = (githubRepo: string, modules: readonly { name: string; url: string }[] = []) =>
    suggestModules([{ netuid: 3, name: 'net', githubRepo }], modules, RULES)[0];

  it('are repositories, made whole where that is plain', () => {
    const url = 'https://github.com/owner/My_Repo';
    for (const said of [
      url,
      'github.com/owner/My_Repo/',
      ' http://www.github.com/owner/My_Repo',
      'https://www.github.com/owner/My_Repo/tree/main/neurons',
    ])
      expect(of(said), said).to.deep.include({ url, name: 'my-repo', isUsable: true, added: undefined });
    expect(of('https://example.org/a/b.git')).to.include({ url: 'https://example.org/a/b.git', name: 'b-3' });
    expect(of('  ')).to.equal(undefined);
  });

  it('are known again where they were added, also under another spelling', () => {
    const modules = [{ name: 'mine', url: 'https://github.com/Owner/repo.git' }];
    expect(of('https://github.com/owner/repo', modules)).to.include({ added: 'mine', name: 'repo' });
  });

  it('have names that are free', () => {
    const modules = [{ name: 'repo', url: 'https://example.org/other' }];
    expect(of('https://github.com/owner/repo', modules)?.name).to.equal('repo-3');
    const twice = [4, 5].map((netuid) => ({ netuid, name: '', githubRepo: 'https://github.com/owner/repo' }));
    expect(suggestModules(twice, [], RULES).map(({ name }) => name)).to.deep.equal(['repo', 'repo-5']);
  });

  it('are not usable where they are no URL that may be fetched, however they are dressed up', () => {
    for (const said of [
      'https://user:pass@github.com/owner/repo',
      'https://example.org/owner/../../etc',
      'file:///etc/passwd',
      'ssh://git@github.com/owner/repo',
      '--upload-pack=touch /tmp/x',
      'https://example.org/repo?x=1',
      cleanText(`https://github.com/${'x'.repeat(1_000_000)}`, 256),
      cleanText('https://github.com/owner/\u001b[2J\u202erepo', 256),
    ])
      expect(of(said), said).to.include({ isUsable: false, name: '' });
  });
});
