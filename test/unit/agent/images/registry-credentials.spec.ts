import { expect } from 'chai';
import { credentialsIn, registryOf } from '../../../../agent/images/registry-credentials.js';

const auth = (text: string): { readonly auth: string } => ({ auth: Buffer.from(text).toString('base64') });

describe('registry credentials', () => {
  it("are filed under the image's registry, Docker Hub's under its own key", () => {
    const hub = 'https://index.docker.io/v1/';
    expect(
      ['busybox', 'library/busybox:1', 'docker.io/x/y', 'ghcr.io/x/y:1', 'box:5000/y', 'localhost/y'].map(registryOf),
    ).to.deep.equal([hub, hub, hub, 'ghcr.io', 'box:5000', 'localhost']);
  });

  it('are a name and a password, in which anything may stand, or a token', () => {
    const text = JSON.stringify({
      auths: {
        'ghcr.io': auth('me:pass:word'),
        'https://old.example/v1/': auth('a:b'),
        'tok.example': { identitytoken: 't' },
      },
    });
    expect(credentialsIn(text, 'ghcr.io')).to.deep.equal({
      username: 'me',
      password: 'pass:word',
      serveraddress: 'ghcr.io',
    });
    expect(credentialsIn(text, 'old.example')).to.deep.include({ username: 'a', password: 'b' });
    expect(credentialsIn(text, 'tok.example')).to.deep.equal({ identitytoken: 't', serveraddress: 'tok.example' });
  });

  it('are none where a helper keeps them or nobody has logged in', () => {
    const text = JSON.stringify({ auths: { 'ghcr.io': {}, 'odd.example': auth('nothing') }, credsStore: 'pass' });
    for (const registry of ['ghcr.io', 'odd.example', 'other.example'])
      expect(credentialsIn(text, registry)).to.equal(undefined);
    expect(credentialsIn('{}', 'ghcr.io')).to.equal(undefined);
  });

  it('are not guessed out of a file of another kind', () => {
    for (const text of ['', '[]', '{"auths":3}']) expect(() => credentialsIn(text, 'ghcr.io')).to.throw();
  });
});
