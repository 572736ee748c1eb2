import { expect } from 'chai';
import { parseManifest, specToManifest } from '../../../../../common/model/manifest/index.js';

describe('the secrets of a manifest', () => {
  const manifestOf = (secrets: readonly object[], container: object = {}) => ({
    kind: 'container',
    name: 'alpha',
    container: { image: 'alpha:1', secrets, ...container },
  });
  const refused = (...args: Parameters<typeof manifestOf>): string[] => {
    const result = parseManifest(manifestOf(...args));
    return 'violations' in result ? result.violations.map(({ path }) => path) : [];
  };

  it('are files of mode 0400 under /run/secrets unless they say otherwise, and come back as they were written', () => {
    const secrets = [
      { name: 'coldkey' },
      { name: 'token', path: '/etc/app/keys/token', mode: '0440', uid: 1000, onRotate: 'signal:SIGHUP' },
    ];
    const result = parseManifest(manifestOf(secrets));
    if ('violations' in result) throw new Error(JSON.stringify(result.violations));
    expect(result.value.container.secrets).to.deep.equal([
      { name: 'coldkey', path: '/run/secrets/coldkey', mode: 0o400, onRotate: 'none' },
      { name: 'token', path: '/etc/app/keys/token', mode: 0o440, uid: 1000, onRotate: 'signal:SIGHUP' },
    ]);
    expect(specToManifest(result.value)).to.have.nested.property('container.secrets').that.deep.equals(secrets);
  });

  const wrong: readonly [string, object, string][] = [
    ['a variable, which anybody who inspects can read', { env: 'TOKEN' }, 'env'],
    ['a value', { value: 'x' }, 'value'],
    ['a mode that lets somebody write', { mode: '0600' }, 'mode'],
    ['a mode that its owner cannot read', { mode: '0040' }, 'mode'],
    ['a path in a folder of the system', { path: '/usr/lib/key/x' }, 'path'],
    ['a path whose folder is the whole of another', { path: '/etc/key' }, 'path'],
    ['a name that the swap of files is in need of', { path: '/run/keys/..data' }, 'path'],
    ['a signal that ends programs', { onRotate: 'signal:SIGKILL' }, 'onRotate'],
  ];
  for (const [what, parts, field] of wrong)
    it(`refuse ${what}`, () => {
      expect(refused([{ name: 'coldkey', ...parts }])).to.deep.equal([`container.secrets[0].${field}`]);
    });

  it('refuse names of other characters, the same twice, and what would hide a mount', () => {
    expect(refused([{ name: '../up' }])).to.deep.equal(['container.secrets[0].name']);
    expect(refused([{ name: 'a' }, { name: 'a', path: '/run/keys/b' }])).to.deep.equal(['container.secrets[1].name']);
    expect(refused([{ name: 'a' }, { name: 'b', path: '/run/secrets/a' }])).to.deep.equal([
      'container.secrets[1].path',
    ]);
    expect(refused([{ name: 'a' }, { name: 'b', path: '/run/secrets/sub/b' }])).to.deep.equal([
      'container.secrets[1].path',
    ]);
    const mounts = [{ volume: 'data', target: '/run' }];
    expect(refused([{ name: 'a' }], { mounts })).to.deep.equal(['container.secrets[0].path']);
  });
});
