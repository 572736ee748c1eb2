import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { errorOf, jsonOf, openCliFixture, tableOf } from '../../../support/cli-fixture.js';
import type { CliFixture, CliRun } from '../../../support/cli-fixture.js';
import type { WorldOptions } from '../../../support/captured-world.js';

const PASSPHRASE = 'twelve geese';
const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV';

describe('headframe wallets', function () {
  this.timeout(30_000);
  let at: CliFixture;
  let passphraseFile: string;

  before(async () => {
    at = await openCliFixture();
    passphraseFile = join(at.folder, 'passphrase');
    await writeFile(passphraseFile, `${PASSPHRASE}\n`);
  });
  after(() => at.close());

  const wallets = (line: string, options?: WorldOptions): Promise<CliRun> =>
    at.run(['-o', 'json', 'wallets', ...line.split(' ')], options);
  const done = async (line: string, options?: WorldOptions): Promise<Record<string, unknown>> => {
    const run = await wallets(line, options);
    expect(run.code, run.stderr).to.equal(0);
    return jsonOf(run);
  };
  const refused = async (line: string, options?: WorldOptions): Promise<string> =>
    errorOf(await wallets(line, options)).reason;

  it('create keys whose mnemonics go into a new file, and bring them back', async () => {
    const out = join(at.folder, 'mnemonics');
    const args = `create farm --hotkey one --hotkey two --passphrase-file ${passphraseFile} --mnemonic-out ${out}`;
    const { wallet } = await done(args);
    expect(wallet).to.deep.include({ name: 'farm', custody: 'WALLET_CUSTODY_KEYSTORE' });
    expect((await stat(out)).mode & 0o777).to.equal(0o600);
    const [remark, mnemonic = '', second, hot = ''] = (await readFile(out, 'utf8')).split('\n');
    expect([remark, second]).to.deep.equal(['# wallet farm', '# hotkey farm/one']);
    expect(mnemonic.split(' ')).to.have.length(12);
    expect(JSON.stringify(wallet)).not.to.contain(mnemonic.slice(0, 12));
    // What is there may be the only copy of another key.
    expect(await refused(`create other --passphrase-file ${passphraseFile} --mnemonic-out ${out}`)).to.equal(
      'mnemonic_unwritable',
    );
    // A mnemonic that was not used does not stay.
    const unused = join(at.folder, 'unused');
    expect(await refused(`create farm --passphrase-file ${passphraseFile} --mnemonic-out ${unused}`)).to.equal(
      'wallet_exists',
    );
    expect(existsSync(unused)).to.equal(false);

    const listed = await at.run(['wallets', 'hotkeys', 'ls', 'farm']);
    const [one] = tableOf(listed);
    await done('rm farm --yes');
    const words = { stdin: mnemonic };
    const back = await done(`import farm --mnemonic-file - --passphrase-file ${passphraseFile}`, words);
    expect(back['wallet']).to.include({ address: (wallet as { address: string }).address });
    await done('hotkeys import farm one --mnemonic-file -', { stdin: `${hot}\n` });
    expect(tableOf(await at.run(['wallets', 'hotkeys', 'ls', 'farm']))[0]).to.include({ ADDRESS: one?.['ADDRESS'] });
  });

  it('ask for what is secret without echo, and show a new mnemonic once', async () => {
    const typed = { terminal: true, stdin: `${PASSPHRASE}x\b\r${PASSPHRASE}\r` };
    const run = await at.run(['wallets', 'create', 'typed'], typed);
    expect(run.code, run.stderr).to.equal(0);
    expect(run.stdout + run.stderr).not.to.contain(PASSPHRASE);
    expect(run.stderr).to.match(/# wallet typed\n(?:[a-z]+ ){11}[a-z]+\n/);
    expect(run.stdout).not.to.match(/(?:[a-z]+ ){11}/);
    const unlocked = await at.run(['wallets', 'unlock', 'typed'], { terminal: true, stdin: `${PASSPHRASE}\n` });
    expect(unlocked.code, unlocked.stderr).to.equal(0);
    const slip = await wallets('create slip', { terminal: true, stdin: `${PASSPHRASE}\n${PASSPHRASE}x\n` });
    expect(errorOf({ ...slip, stderr: slip.stderr.slice(slip.stderr.indexOf('{')) }).reason).to.equal('secret_differs');
    expect(await refused('create nobody')).to.equal('secret_missing');
    expect(await refused(`create nobody --passphrase-file ${passphraseFile}`)).to.equal('mnemonic_nowhere');
    expect(await refused('import nobody --mnemonic-file - --passphrase-file -', { stdin: PHRASE })).to.equal(
      'stdin_twice',
    );
  });

  it('unlock for a time, lock, and tell how each stands', async () => {
    await done(`import known --mnemonic-file - --passphrase-file ${passphraseFile}`, { stdin: PHRASE });
    expect(await refused('unlock known --passphrase-file -', { stdin: 'twelve goose' })).to.equal('passphrase_wrong');
    const { wallet } = await done(`unlock known --for 2h --passphrase-file ${passphraseFile}`);
    const untilMs = Number((wallet as { unlockedUntilMs: string }).unlockedUntilMs);
    expect(untilMs - Date.now()).to.be.within(7_100_000, 7_200_000);
    expect(await refused(`unlock known --for 25h --passphrase-file ${passphraseFile}`)).to.equal('request_invalid');
    const row = async () => tableOf(await at.run(['wallets', 'ls'])).find(({ NAME }) => NAME === 'known');
    expect(await row()).to.include({ CUSTODY: 'keystore', ADDRESS, STATE: 'unlocked for 1h59m' });
    await done('lock known');
    expect(await row()).to.include({ STATE: 'locked' });
    const shown = await at.run(['wallets', 'show', 'known']);
    expect(shown.stdout)
      .to.contain(ADDRESS)
      .and.to.contain('0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a');
    const { keystore } = await done(`export known --passphrase-file ${passphraseFile}`);
    await done('rm known --yes');
    const file = join(at.folder, 'keystore.json');
    await writeFile(file, String(keystore));
    await done(`import again --keystore ${file} --passphrase-file ${passphraseFile}`);
    expect(tableOf(await at.run(['wallets', 'ls'])).find(({ NAME }) => NAME === 'again')).to.include({ ADDRESS });
    await done('rm again --yes');
  });

  it('watch an address, or hold the key of a proxy', async () => {
    const { wallet } = await done(`create cold --watch ${ADDRESS}`);
    expect(wallet).to.include({ custody: 'WALLET_CUSTODY_WATCH', address: ADDRESS });
    expect(await refused(`unlock cold --passphrase-file ${passphraseFile}`)).to.equal('wallet_watch_only');
    const keys = `--passphrase-file ${passphraseFile} --mnemonic-out ${join(at.folder, 'proxy')}`;
    expect(await refused(`create hand --proxy-for ${ADDRESS} ${keys}`)).to.equal('request_invalid');
    const proxy = await done(`create hand --proxy-for ${ADDRESS} --proxy-types Registration,Staking ${keys}`);
    expect(proxy['wallet']).to.deep.include({ proxyFor: ADDRESS, proxyTypes: ['Registration', 'Staking'] });
  });

  it('refuse names, keys and addresses by field', async () => {
    const keys = `--passphrase-file ${passphraseFile}`;
    const cases: [line: string, stdin: string, reason: string, field: string][] = [
      [`import Farm! --mnemonic-file - ${keys}`, PHRASE, 'request_invalid', 'name'],
      [`import x --mnemonic-file - ${keys}`, PHRASE.replace('drive', 'drift'), 'mnemonic_invalid', 'key.mnemonic'],
      [`import x --seed-file - ${keys}`, '0x12', 'seed_invalid', 'key.seed'],
      [`import x --keystore - ${keys}`, '{}', 'keystore_invalid', 'key.keystore'],
      [`import x --keyfile - ${keys}`, '{}', 'keyfile_invalid', 'key.keyfile'],
      ['create x --watch 5nobody', '', 'address_invalid', 'watch_address'],
    ];
    for (const [line, stdin, reason, field] of cases) {
      const error = errorOf(await wallets(line, { stdin }));
      expect([error.reason, error.violations[0]?.path], line).to.deep.equal([reason, field]);
      expect(JSON.stringify(error)).not.to.match(/drift|obey/);
    }
    expect(await refused(`hotkeys import none h --mnemonic-file -`, { stdin: PHRASE })).to.equal('wallet_not_found');
    expect(await refused('lock none')).to.equal('wallet_not_found');
  });
});
