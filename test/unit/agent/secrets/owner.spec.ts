import { expect } from 'chai';
import { ownerIn } from '../../../../agent/secrets/owner.js';
import { secretMounts } from '../../../../agent/secrets/layout.js';
import type { SecretRef } from '../../../../common/model/secret.js';

describe('whose the files of secrets are, and where', () => {
  const ref = (name: string, more: Partial<SecretRef> = {}): SecretRef => ({
    name,
    path: `/run/secrets/${name}`,
    mode: 0o400,
    onRotate: 'none',
    ...more,
  });

  it('is the user of the container, as the host counts', () => {
    expect(ownerIn([ref('a')], { user: '', firstUid: 0 })).to.deep.equal({ uid: 0, firstUid: 0 });
    expect(ownerIn([ref('a')], { user: 'root:adm', firstUid: 0 })).to.deep.equal({ uid: 0, firstUid: 0 });
    expect(ownerIn([ref('a')], { user: '1000:50', firstUid: 100_000 })).to.deep.equal({ uid: 1000, firstUid: 100_000 });
  });

  it('is nobody where the user has a name alone and no secret says its id', () => {
    expect(() => ownerIn([ref('a', { uid: 5 }), ref('b')], { user: 'nobody', firstUid: 0 }))
      .to.throw()
      .with.property('reason', 'secret_owner_unknown');
    expect(ownerIn([ref('a', { uid: 5 })], { user: 'nobody', firstUid: 0 })).to.deep.equal({ firstUid: 0 });
  });

  it('is one mount for each folder of the container', () => {
    const refs = [ref('a'), ref('b', { path: '/etc/app/keys/b.pem' }), ref('c')];
    const mounts = secretMounts('/run/hf/host-1', 7, refs).map(({ source, target, refs: inside }) => [
      source,
      target,
      inside.map(({ name }) => name).join(),
    ]);
    expect(mounts).to.deep.equal([
      ['/run/hf/host-1/7/0', '/etc/app/keys', 'b'],
      ['/run/hf/host-1/7/1', '/run/secrets', 'a,c'],
    ]);
  });
});
