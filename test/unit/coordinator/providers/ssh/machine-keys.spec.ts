import { expect } from 'chai';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { knownToAll } from '../../../../../coordinator/providers/ssh/machine-keys.js';
import type { RunSsh, SshTarget } from '../../../../../coordinator/providers/ssh/ssh-client.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { MemoryMachineKeys } from '../../../../support/memory-machine-keys.js';
import { makeTempDir } from '../../../../support/temp-dir.js';

const FIRST = 'm ssh-ed25519 AAAA\n';
const OTHER = 'm ssh-ed25519 BBBB\n';

describe('host keys that the coordinators of a cluster share', () => {
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let keys: MemoryMachineKeys;
  /** What was known when SSH ran, each time. */
  let known: string[];
  /** What the machine shows. */
  let shown: string;

  beforeEach(async () => {
    temp = await makeTempDir();
    [keys, known, shown] = [new MemoryMachineKeys(), [], FIRST];
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  const fileOf = (coordinator: string): string => join(temp.path, coordinator, 'ssh-m.seen');
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  /** Does as OpenSSH with `accept-new`. */
  const ssh: RunSsh = async ({ knownHostsFile }) => {
    const before = await read(knownHostsFile);
    known.push(before);
    if (before === '') await writeFile(knownHostsFile, shown);
    const code = before === '' || before === shown ? 0 : 255;
    return { code, stdout: '', stderr: '', isTooSlow: false };
  };
  const run = async (coordinator: string, patch: Partial<SshTarget> = {}): Promise<number | undefined> => {
    await mkdir(join(temp.path, coordinator), { recursive: true });
    const target = {
      ...{ host: 'h', port: 22, user: 'u', keyFile: '/k', alias: 'm', trustFirst: true },
      ...{ knownHostsFile: fileOf(coordinator), ...patch },
    };
    const { code } = await knownToAll(ssh, keys)(
      target,
      { command: '', input: '', timeoutMs: 1 },
      new AbortController().signal,
    );
    return code;
  };

  it('are believed at first sight once, and by the next coordinator for having been seen', async () => {
    expect(await run('one')).to.equal(0);
    expect(keys.keys.get('ssh-m.seen')).to.equal(FIRST);
    shown = OTHER;
    expect(await run('two')).to.equal(255);
    expect(known).to.deep.equal(['', FIRST]);
  });

  it('come from a coordinator that was alone', async () => {
    await run('one');
    keys.keys.clear();
    await run('one');
    expect(await run('two')).to.equal(0);
    expect(known).to.deep.equal(['', FIRST, FIRST]);
  });

  it('are refused where two coordinators have seen others, of which the first counts', async () => {
    await run('one');
    await run('two');
    await writeFile(fileOf('two'), OTHER);
    await expectReason(run('two'), 'machine_host_key_wrong');
    expect(known).to.have.length(2);
    expect(await read(fileOf('two'))).to.equal(FIRST);
  });

  it('are left alone where the operator lists the key', async () => {
    await run('one', { trustFirst: false });
    expect([...keys.keys]).to.deep.equal([]);
  });
});
