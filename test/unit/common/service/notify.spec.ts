import { expect } from 'chai';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { keepNotified } from '../../../../common/service/index.js';
import type { Standing } from '../../../../common/service/notify.js';

describe('what a service manager is told', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headframe-notify-'));
    const program = join(folder, 'systemd-notify');
    await writeFile(program, `#!/bin/sh\nexec /bin/echo "$@" >> ${folder}/told\n`);
    await chmod(program, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Tells of a program that stands so at each look, and stops after the last. */
  async function told(standings: readonly Standing[], env: Record<string, string>): Promise<string[]> {
    const end = new AbortController();
    const left = [...standings];
    const stand = (): Standing => {
      const next = left.shift() ?? { isReady: true, text: 'end' };
      if (left.length === 0) end.abort();
      return next;
    };
    const variables = { PATH: folder, ...env };
    const parts = { env: variables, pid: 7, stand, clock: systemClock, logger: silentLogger };
    await keepNotified(parts, end.signal);
    const text = await readFile(join(folder, 'told'), 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  }

  const waiting = { isReady: false, text: 'waiting' };
  const ready = { isReady: true, text: 'at\nwork' };

  it('is nothing where nobody listens', async () => {
    const end = new AbortController();
    const stand = (): Standing => ready;
    const parts = { env: { PATH: folder }, pid: 7, stand, clock: systemClock, logger: silentLogger };
    await keepNotified(parts, end.signal);
    expect(await readFile(join(folder, 'told'), 'utf8').catch(() => '')).to.equal('');
  });

  it('is more time to start, then once that it is ready, each with a sign of life, and at last that it stops', async () => {
    const env = { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '4000', WATCHDOG_PID: '7' };
    expect(await told([waiting, ready, ready], env)).to.deep.equal([
      'EXTEND_TIMEOUT_USEC=6000 WATCHDOG=1 STATUS=waiting',
      'READY=1 WATCHDOG=1 STATUS=at work',
      'WATCHDOG=1 STATUS=at work',
      'STOPPING=1 STATUS=stopping',
    ]);
  });

  it('has no sign of life where another process is watched', async () => {
    const env = { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '4000', WATCHDOG_PID: '8' };
    expect(await told([ready], env)).to.deep.equal(['READY=1 STATUS=at work', 'STOPPING=1 STATUS=stopping']);
  });
});
