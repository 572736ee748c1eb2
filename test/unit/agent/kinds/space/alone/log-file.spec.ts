import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LogFile, logLine } from '../../../../../../agent/kinds/space/alone/log-file.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

describe('the log of a space miner', () => {
  it('is put aside when it is full, over the one before, so that it never takes more than two files', async () => {
    await using folder = await makeTempDir();
    const path = join(folder.path, 'log', 'miner.log');
    {
      using log = new LogFile(path, 20);
      for (let at = 0; at < 10; at += 1) log.write(`line ${String(at)} of 10`);
    }
    expect(await readFile(path, 'utf8')).to.equal('line 8 of 10\nline 9 of 10\n');
    expect(await readFile(`${path}.1`, 'utf8')).to.equal('line 6 of 10\nline 7 of 10\n');
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    // Full from the run before.
    using again = new LogFile(path, 20);
    again.write('after');
    expect(await readFile(path, 'utf8')).to.equal('after\n');
  });

  it('has a time and a level in each line', () => {
    expect(logLine(0, 'warn', 'so')).to.equal('1970-01-01T00:00:00.000Z warn  so');
  });
});
