import { expect } from 'chai';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '../../../../../common/observe/logger.js';
import { Protector, findProtection } from '../../../../../coordinator/security/authority/index.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const KEY = 'k'.repeat(32);

describe('what protects the key of an authority', () => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  beforeEach(async () => {
    folder = await makeTempDir();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const logger = createLogger({ program: 'test', level: 'silent', format: 'json' });
  const at = (name: string): string => join(folder.path, name);
  const find = (given: Partial<Parameters<typeof findProtection>[0]> = {}) =>
    findProtection({
      ...{ credentialsFolder: undefined, keyFile: undefined, passphraseFile: undefined },
      ...{ folder: folder.path, logger },
      ...given,
    });

  it('is the credential of systemd before a key file, and that before a passphrase', async () => {
    await writeFile(at('headframe-key'), `${KEY}1`);
    await writeFile(at('key'), `${KEY}2`);
    await writeFile(at('passphrase'), 'correct horse battery\n');
    const all = { credentialsFolder: folder.path, keyFile: at('key'), passphraseFile: at('passphrase') };
    expect(await find(all)).to.deep.equal({ kind: 'key', secret: Buffer.from(`${KEY}1`) });
    const two = { ...all, credentialsFolder: at('nowhere') };
    expect(await find(two)).to.deep.equal({ kind: 'key', secret: Buffer.from(`${KEY}2`) });
    const one = { passphraseFile: at('passphrase') };
    expect(await find(one)).to.deep.equal({ kind: 'passphrase', secret: Buffer.from('correct horse battery') });
  });

  it('is a key of its own where none is given, the same at the next start, and for its owner to read', async () => {
    const first = await find();
    expect(await find()).to.deep.equal(first);
    expect((await stat(at('protector.key'))).mode & 0o777).to.equal(0o400);
  });

  it('is never one of its own where other coordinators need the same', async () => {
    const refused = await expectReason(find({ ownKey: 'refused' }), 'protector_not_shared');
    expect(refused.remedy).to.include('security.keyFile');
    expect(await readdir(folder.path)).to.deep.equal([]);
    await writeFile(at('key'), KEY);
    expect(await find({ ownKey: 'refused', keyFile: at('key') })).to.include({ kind: 'key' });
  });

  it('is neither too short nor one that is not there', async () => {
    await writeFile(at('short'), 'short');
    const reasonOf = async (given: Parameters<typeof find>[0]): Promise<unknown> => {
      const error: unknown = await find(given).catch((thrown: unknown) => thrown);
      return typeof error === 'object' && error !== null && 'reason' in error && error.reason;
    };
    expect(await reasonOf({ keyFile: at('short') })).to.equal('protector_weak');
    expect(await reasonOf({ passphraseFile: at('short') })).to.equal('protector_weak');
    expect(await reasonOf({ keyFile: at('nowhere') })).to.equal('protector_unreadable');
  });

  it('opens what a passphrase sealed with the same one only, under the same name', async () => {
    const protector = (text: string): Protector => new Protector({ kind: 'passphrase', secret: Buffer.from(text) });
    const sealed = await protector('one of many words').seal(Buffer.from('secret'), 'a name');
    expect(JSON.stringify(sealed)).not.to.include(Buffer.from('secret').toString('base64'));
    expect(String(await protector('one of many words').open(sealed, 'a name'))).to.equal('secret');
    for (const [text, name] of [
      ['another of many', 'a name'],
      ['one of many words', 'another name'],
    ] as const) {
      const error: unknown = await protector(text)
        .open(sealed, name)
        .catch((thrown: unknown) => thrown);
      expect(error).to.include({ reason: 'protector_wrong' });
    }
  });
});
