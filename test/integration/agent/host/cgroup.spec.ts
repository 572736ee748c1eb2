import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { CgroupReader, readLimits, UsageSweep } from '../../../../agent/host/cgroup/index.js';
import type { ContainerUsage } from '../../../../agent/host/cgroup/index.js';
import { execInside, removeAllContainers, removeContainer, runContainer } from './test-container.js';
import type { TestContainer } from './test-container.js';

const MIB = 1024 * 1024;
const LIMITS = ['--cpus=0.5', '--memory=64m', '--memory-swap=64m', '--pids-limit=32'];

function openReader(container: TestContainer): CgroupReader {
  const reader = CgroupReader.open(container.pid, { network: true });
  if (reader === undefined) throw new Error('the container has no readable cgroup');
  return reader;
}

function sampled(usage: ContainerUsage | 'gone'): ContainerUsage {
  if (usage === 'gone') throw new Error('the container is gone');
  return usage;
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('the cgroup of a real container', function () {
  this.timeout(60_000);
  let idle: TestContainer;

  before(async () => {
    await removeAllContainers();
    idle = await runContainer(LIMITS, 'exec sleep 600');
  });
  after(removeAllContainers);

  it('holds the limits the container was started with', () => {
    expect(readLimits(idle.pid)).to.deep.equal({
      cpuQuotaMicros: 50_000,
      cpuPeriodMicros: 100_000,
      cpuMillicores: 500,
      memoryBytes: 64 * MIB,
      swapBytes: 0,
      pids: 32,
    });
  });

  it('has no limits to read once the process is gone', () => {
    expect(readLimits(2 ** 22 + 1)).to.equal(undefined);
  });

  it('tells every figure of an idle container', () => {
    const reader = openReader(idle);
    const usage = sampled(reader.sample(0));
    reader.close();
    expect(usage.memoryBytes).to.be.within(1, 64 * MIB);
    expect(usage).to.include({ memoryLimitBytes: 64 * MIB, oomKills: 0, pids: 1 });
    const figures = [usage.cpuNanos, usage.throttledNanos, usage.ioReadBytes, usage.ioWriteBytes];
    for (const figure of [...figures, usage.netRxBytes, usage.netTxBytes]) expect(figure).to.be.at.least(0);
  });

  it('shows fresh memory, processes and network through the descriptors it kept', async () => {
    const reader = openReader(idle);
    const before = sampled(reader.sample(0));
    await execInside(idle, 'head -c 20000000 /dev/zero > /dev/shm/ballast');
    await execInside(idle, 'ping -c 1 -W 1 192.0.2.1 || true');
    await execInside(idle, 'sleep 600 >/dev/null 2>&1 &');
    const after = sampled(reader.sample(1000));
    reader.close();
    expect((after.memoryBytes ?? 0) - (before.memoryBytes ?? 0)).to.be.at.least(19_000_000);
    expect(after.netTxBytes).to.be.greaterThan(before.netTxBytes ?? Infinity);
    expect(after.pids).to.equal(2);
  });

  it('leaves the network out when asked to', () => {
    const reader = CgroupReader.open(idle.pid, { network: false });
    expect(sampled(reader?.sample(0) ?? 'gone')).to.include({ netRxBytes: undefined, netTxBytes: undefined });
    reader?.close();
  });

  it('shows half a CPU burnt, throttling, and then that the container is gone', async () => {
    const descriptors = openDescriptors();
    const burner = await runContainer(LIMITS, 'while :; do :; done');
    const sweep = new UsageSweep();
    expect(sweep.start('burner', burner.pid, { network: true })).to.equal(true);
    sweep.sweep(performance.now());
    // The quota caps it; how far below it stays, and when it is met at all, depends on who else wants the cores.
    let throttledNanos = 0;
    for (const deadlineMs = performance.now() + 20_000; throttledNanos === 0 && performance.now() < deadlineMs;) {
      await delay(1000);
      const usage = sweep.sweep(performance.now()).usages.get('burner');
      expect(usage?.cpuMillicores).to.be.within(50, 600);
      throttledNanos = usage?.throttledNanos ?? 0;
    }
    expect(throttledNanos).to.be.greaterThan(0);

    await removeContainer(burner);
    expect(sweep.sweep(performance.now()).gone).to.deep.equal(['burner']);
    expect(sweep.size).to.equal(0);
    expect(openDescriptors()).to.equal(descriptors);
  });

  it('counts the processes the kernel killed for memory', async () => {
    // tail keeps all it was asked for in memory, far above the limit; the shell outlives it.
    const hungry = await runContainer(LIMITS, 'head -c 200000000 /dev/zero | tail -c 200000000 >/dev/null; sleep 600');
    const reader = openReader(hungry);
    let oomKills: number | undefined = 0;
    for (const deadlineMs = performance.now() + 20_000; oomKills === 0 && performance.now() < deadlineMs;) {
      await delay(50);
      oomKills = sampled(reader.sample(performance.now())).oomKills;
    }
    reader.close();
    expect(oomKills).to.equal(1);
  });
});
