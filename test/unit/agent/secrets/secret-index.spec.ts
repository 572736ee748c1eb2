import { expect } from 'chai';
import { NO_SECRETS, afterArrival, missingOf, readIndex } from '../../../../agent/secrets/secret-index.js';
import type { SecretRef } from '../../../../common/model/secret.js';

describe('what an agent knows of the files of an instance', () => {
  const ref = (name: string, onRotate: SecretRef['onRotate']): SecretRef => ({
    name,
    path: `/run/secrets/${name}`,
    mode: 0o400,
    onRotate,
  });
  const refs = [ref('a', 'none'), ref('b', 'signal:SIGHUP'), ref('c', 'signal:SIGHUP'), ref('d', 'restart')];
  const arrived = (...names: readonly string[]) =>
    new Map(names.map((name) => [name, { valueId: `${name}2`, version: 2 }]));
  const firstOf = (...names: readonly string[]) =>
    new Map(names.map((name) => [name, { valueId: `${name}1`, version: 1 }]));
  const all = afterArrival(refs, NO_SECRETS, firstOf('a', 'b', 'c', 'd'));

  it('says what is missing', () => {
    expect(missingOf(refs, NO_SECRETS)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(missingOf(refs, afterArrival(refs, NO_SECRETS, arrived('a', 'd')))).to.deep.equal(['b', 'c']);
    expect(missingOf(refs, all)).to.deep.equal([]);
  });

  it('asks for nothing when the first values come: nothing runs yet that read others', () => {
    expect(all).to.include({ restart: false });
    expect(all.signals).to.deep.equal([]);
  });

  it('asks for each signal once, and for none where there is a restart', () => {
    expect(afterArrival(refs, all, arrived('a')).signals).to.deep.equal([]);
    const hung = afterArrival(refs, all, arrived('b', 'c'));
    expect(hung.signals).to.deep.equal(['SIGHUP']);
    // Until it was sent it stays due.
    expect(afterArrival(refs, hung, arrived('a')).signals).to.deep.equal(['SIGHUP']);
    const restarted = afterArrival(refs, hung, arrived('d'));
    expect(restarted).to.include({ restart: true });
    expect(restarted.signals).to.deep.equal([]);
  });

  it('asks for nothing when a value comes a second time', () => {
    const again = afterArrival(refs, all, firstOf('a', 'b', 'c', 'd'));
    expect(again).to.include({ restart: false });
    expect(again.signals).to.deep.equal([]);
  });

  it('comes back as it was written, and not at all when it was damaged', () => {
    expect(readIndex(JSON.stringify({ ...all, owner: { uid: 5, firstUid: 0 } }))).to.deep.equal({
      ...all,
      owner: { uid: 5, firstUid: 0 },
    });
    for (const text of ['', '{', '{}', '[]', '{"values":{"a":1}}']) expect(readIndex(text)).to.equal(NO_SECRETS);
  });
});
