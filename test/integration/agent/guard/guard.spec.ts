import { expect } from 'chai';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Guard } from '../../../../agent/guard/guard.js';
import { GuardFolder, leaseLine } from '../../../../agent/guard/guard-folder.js';
import { parseStat, readBootId } from '../../../../agent/host/index.js';
import { systemClock } from '../../../../common/model/clock.js';
import { silentLogger } from '../../../../common/observe/logger.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

describe('Guard', function () {
  this.timeout(30_000);
  let temp: AsyncDisposable & { readonly path: string };
  let folder: GuardFolder;
  let guard: Guard;
  let child: ChildProcess | undefined;
  const bootId = readBootId();

  beforeEach(async () => {
    temp = await makeTempDir();
    folder = new GuardFolder(join(temp.path, 'guard'));
    guard = new Guard({ folder, bootId, clock: systemClock, logger: silentLogger });
    await guard.open(undefined);
  });
  afterEach(async () => {
    await guard.release(1);
    await guard.close();
    const pid = folder.readGuard(bootId)?.pid;
    if (pid !== undefined && pid !== 0) process.kill(pid, 'SIGKILL');
    child?.kill('SIGKILL');
    child = undefined;
    await temp[Symbol.asyncDispose]();
  });

  const lease = (forMs: number) => ({ bootId, lengthMs: 3_000, expiresAtBootMs: systemClock.bootMs() + forMs });

  /** A process instance as its runtime leaves it: a group's leader, and the trace of its start. */
  async function startInstance(boot = bootId): Promise<ChildProcess> {
    child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 0.05; done'], { detached: true, stdio: 'ignore' });
    const stat = await readFile(`/proc/${String(child.pid)}/stat`, 'latin1');
    await writeFile(join(temp.path, 'run'), `${boot}\n${stat}`);
    return child;
  }

  const instance = () => ({ serial: 1, kind: 'process' as const, target: temp.path, graceMs: 300 });
  const hasEnded = (one: ChildProcess): boolean => one.signalCode !== null || one.exitCode !== null;

  it('ends an instance when the lease runs out, not before, and however often the lease was renewed', async () => {
    const one = await startInstance();
    guard.renew(lease(1_000));
    await guard.cover(instance());
    await systemClock.sleep(600, new AbortController().signal);
    const renewed = lease(1_500);
    guard.renew(renewed);
    await waitFor('its end', () => hasEnded(one));
    expect(systemClock.bootMs()).to.be.within(renewed.expiresAtBootMs - 10, renewed.expiresAtBootMs + 1_500);
    expect(one.signalCode).to.equal('SIGKILL');
  });

  it('goes on ending what is started while the lease has run out', async () => {
    guard.renew(lease(0));
    await guard.cover(instance());
    const one = await startInstance();
    await waitFor('its end', () => hasEnded(one));
  });

  it('touches no process but the one that was written down, nor one of another boot', async () => {
    const one = await startInstance('another-boot');
    guard.renew(lease(0));
    await guard.cover(instance());
    await systemClock.sleep(700, new AbortController().signal);
    const other = parseStat(await readFile(`/proc/${String(one.pid)}/stat`, 'latin1'));
    await writeFile(join(temp.path, 'run'), `${bootId}\n${String(one.pid)} (sh) S ${'0 '.repeat(18)}1 0\n`);
    await systemClock.sleep(700, new AbortController().signal);
    expect(hasEnded(one)).to.equal(false);
    expect(other?.pid).to.equal(one.pid);
  });

  it('keeps the last lease when it cannot read another', async () => {
    const one = await startInstance();
    guard.renew(lease(1_200));
    await guard.cover(instance());
    await systemClock.sleep(500, new AbortController().signal);
    await writeFile(join(folder.path, 'lease'), '99999999.00 3000 torn');
    await waitFor('its end', () => hasEnded(one), 5_000);
  });

  it('is taken over by the next agent, with what it guards', async () => {
    guard.renew(lease(60_000));
    await guard.cover(instance());
    const pid = folder.readGuard(bootId)?.pid;
    const next = new Guard({ folder: new GuardFolder(folder.path), bootId, clock: systemClock, logger: silentLogger });
    await next.open(undefined);
    expect(next.covers(1)).to.equal(true);
    await next.cover(instance());
    expect(folder.readGuard(bootId)?.pid).to.equal(pid);
    await next.keepOnly(new Set());
    expect(next.covers(1)).to.equal(true);
    await next.close();
  });
});

describe('leaseLine', () => {
  it('is of one length, says the expiry twice and never later than it is', () => {
    const line = leaseLine({ bootId: 'b', lengthMs: 30_000, expiresAtBootMs: 1_234_567 });
    expect(line.trim()).to.equal('1234.56 30000 b 1234.56');
    expect(line).to.have.length(leaseLine({ bootId: 'b', lengthMs: 3_600_000, expiresAtBootMs: 9e11 }).length);
  });
});
