import { cpus, tmpdir, totalmem } from 'node:os';
import { expect } from 'chai';
import { runCommand } from '../../../../agent/host/command.js';
import { readHostFacts } from '../../../../agent/host/facts.js';
import { HostUsageSampler } from '../../../../agent/host/usage.js';

describe('the facts of this host', function () {
  this.timeout(40_000);

  it('are all there', async () => {
    const facts = await readHostFacts({ dataPath: tmpdir() });
    for (const name of [facts.hostname, facts.os, facts.kernel, facts.arch, facts.cpuModel])
      expect(name).not.to.equal('');
    expect(facts.onlineCpus).to.equal(cpus().length);
    expect(facts.cpuMillicores).to.be.within(1, cpus().length * 1000);
    expect(facts.memoryBytes).to.be.within(1, totalmem());
    expect(facts.diskFreeBytes).to.be.within(1, facts.diskBytes);
    expect(facts.bootId).to.match(/^[0-9a-f-]{36}$/);
    expect(facts.cgroupLayout).to.be.oneOf(['v1', 'v2', 'hybrid']);
  });

  it('are still told when no program answers', async () => {
    const facts = await readHostFacts({
      dataPath: tmpdir(),
      capacity: 'machine',
      run: async () => ({ kind: 'failed', detail: 'no answer' }),
    });
    expect(facts).to.include({ cpuMillicores: cpus().length * 1000, memoryBytes: totalmem() });
    expect(facts.gpus).to.deep.equal([]);
    expect(facts.os).not.to.equal('');
  });

  it('are refused for a data folder that is not there', async () => {
    const refusal = await readHostFacts({ dataPath: '/nonexistent/data' }).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'ENOENT');
  });
});

describe('HostUsageSampler', () => {
  it('samples this host again and again', () => {
    const sampler = new HostUsageSampler(tmpdir());
    const first = sampler.sample(0);
    expect(first.cpuPercent).to.equal(undefined);
    expect(first.memoryUsedBytes + first.memoryAvailableBytes).to.be.closeTo(totalmem(), 4096);
    for (const burnUntilMs = performance.now() + 100; performance.now() < burnUntilMs;);
    const second = sampler.sample(100);
    expect(second.cpuPercent).to.be.within(1, 100);
    expect(second.networkRxBytes).to.be.at.least(first.networkRxBytes);
  });
});

describe('runCommand', () => {
  it('tells output, a missing program, a failing and a hanging one apart', async () => {
    expect(await runCommand('echo', ['hello'], 5000)).to.deep.equal({ kind: 'output', text: 'hello\n' });
    expect(await runCommand('no-such-program', [], 5000)).to.deep.equal({ kind: 'missing' });
    const failing = await runCommand('sh', ['-c', 'echo broken >&2; exit 3'], 5000);
    expect(failing).to.deep.equal({ kind: 'failed', detail: 'broken' });
    expect(await runCommand('sleep', ['60'], 50)).to.have.property('kind', 'failed');
  });
});
