import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadCrypto } from '../../coordinator/chain/wallets/crypto-library.js';
import { TestFleet } from '../support/programs.js';
import type { CommandResult } from '../support/program.js';
import { filesBelow, foundIn } from '../support/secret-grep.js';
import { makeTempDir } from '../support/temp-dir.js';

const PASSPHRASE = 'planted twelve geese 9f3c';
const GUESS = 'planted twelve goose 9f3c';

describe('wallets', function () {
  this.timeout(60_000);
  /** Of programs; what the test itself keeps is elsewhere. */
  let folder: string;
  let own: string;
  let temp: AsyncDisposable;
  let fleet: TestFleet;
  const said: string[] = [];

  before(async () => {
    const made = await makeTempDir();
    temp = made;
    folder = made.path;
    own = await mkdtemp(join(tmpdir(), 'headframe-test-own-'));
    fleet = new TestFleet(folder, { coordinator: ['--log-level', 'trace'] });
    await fleet.startCoordinator();
  });
  after(async () => {
    await fleet.endPrograms();
    await temp[Symbol.asyncDispose]();
    await rm(own, { recursive: true, force: true });
  });

  async function run(line: string, input = ''): Promise<CommandResult> {
    const result = await fleet.headframe(['-o', 'json', ...line.split(' ')], input);
    said.push(result.stdout, result.stderr);
    return result;
  }

  async function ran(line: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await run(line, input);
    expect(code, `${line}: ${stderr}`).to.equal(0);
    return stdout;
  }

  async function done(line: string, input = ''): Promise<Record<string, unknown>> {
    return JSON.parse(await ran(line, input)) as Record<string, unknown>;
  }

  it('are kept across a restart, locked, and whatever they tried is on record', async () => {
    const out = join(own, 'words');
    const args = `wallets create farm --hotkey one --mnemonic-out ${out} --passphrase-file -`;
    const { wallet: made } = await done(args, PASSPHRASE);
    const { stderr } = await run('wallets unlock farm --passphrase-file -', GUESS);
    expect(stderr).to.contain('passphrase_wrong');
    const { wallet: unlocked } = await done('wallets unlock farm --passphrase-file -', `${PASSPHRASE}\n`);
    expect(Number((unlocked as { unlockedUntilMs: string }).unlockedUntilMs)).to.be.above(Date.now());
    await fleet.coordinator.end('SIGKILL');
    await fleet.startCoordinator();
    const { wallet: locked } = await done('wallets show farm');
    expect(locked).to.deep.equal(made);
    await done('wallets unlock farm --passphrase-file -', PASSPHRASE);
    await done('wallets export farm --passphrase-file -', PASSPHRASE);
    const { entries } = await fleet.audit.listEntries({});
    const calls = entries.filter(({ target, outcome }) => target.startsWith('wallet/farm') && outcome !== 'started');
    const facts = calls.map(({ method, target, outcome, reason }) => [
      method.split('/').pop(),
      target,
      outcome,
      reason,
    ]);
    expect(facts.sort()).to.deep.equal([
      ['CreateWallet', 'wallet/farm,wallet/farm/hotkey/one', 'ok', ''],
      ['ExportWallet', 'wallet/farm', 'ok', ''],
      ['UnlockWallet', 'wallet/farm', 'ok', ''],
      ['UnlockWallet', 'wallet/farm', 'ok', ''],
      ['UnlockWallet', 'wallet/farm', 'permission_denied', 'passphrase_wrong'],
    ]);
  });

  it('leave their words, seeds and keys nowhere: no file, log, argument, variable, event or answer', async () => {
    // Unlocked, so that the keys are as much in the open as they ever are.
    const backup = join(folder, 'backup');
    await ran(`store backup ${backup} --data-dir ${fleet.storeFolder}`);
    for (const line of [
      'wallets ls',
      'wallets show farm',
      'wallets hotkeys ls farm',
      'secrets ls',
      'events',
      'audit ls',
    ])
      await ran(line);
    const planted = await plantedIn(await readFile(join(own, 'words'), 'utf8'));
    const places = await filesBelow(folder);
    places.set('answers', Buffer.from(said.join('\n')));
    for (const name of ['cmdline', 'environ'])
      places.set(name, await readFile(`/proc/${String(fleet.coordinator.pid)}/${name}`));
    const holding = (where: ReadonlyMap<string, Buffer>): string[] =>
      [...where].filter(([, bytes]) => foundIn(bytes, planted).length > 0).map(([place]) => place);
    expect(holding(places)).to.deep.equal([]);
    // What the search is worth: there is something in these places, and it finds each of them in any form.
    expect([...places.keys()].filter((path) => /journal|audit|backup|\.log$/.test(path))).to.have.length.above(3);
    expect(String(places.get('answers'))).to.contain('wallet_unlocked');
    for (const [index, value] of planted.entries())
      await writeFile(join(folder, `control-${String(index)}`), `x${Buffer.from(value).toString('base64')}y`);
    expect(holding(await filesBelow(folder))).to.have.length(planted.length);
  });

  it('are refused in clear before anything is sent', async () => {
    const clear = new TestFleet(join(folder, 'clear'), { insecure: true });
    try {
      await clear.startCoordinator();
      for (const line of ['wallets unlock farm --passphrase-file -', 'wallets ls']) {
        const { code, stderr } = await clear.headframe(['-o', 'json', ...line.split(' ')], PASSPHRASE);
        expect(code).not.to.equal(0);
        expect(stderr).to.contain('secrets_need_tls');
      }
    } finally {
      await clear.endPrograms();
    }
  });

  /** All that gives the keys away, of a file with the mnemonics of a wallet and a hotkey. */
  async function plantedIn(words: string): Promise<(string | Uint8Array)[]> {
    const crypto = await loadCrypto();
    const mnemonics = words.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(mnemonics).to.have.length(2);
    const keys = mnemonics.flatMap((mnemonic) => {
      const seed = crypto.mnemonicToMiniSecret(mnemonic, '', undefined, true);
      const { secretKey } = crypto.sr25519PairFromSeed(seed);
      return [mnemonic, mnemonic.split(' ').slice(3, 9).join(' '), seed, secretKey];
    });
    return [PASSPHRASE, GUESS, ...keys];
  }
});
