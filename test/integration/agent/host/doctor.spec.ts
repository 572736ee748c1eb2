import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../../common/model/clock.js';
import { runDoctor } from '../../../../agent/host/index.js';
import type { CheckName, DoctorPorts, Finding } from '../../../../agent/host/index.js';
import { engineInfo } from '../../../support/engine-info.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ENGINE_CHECKS = [
  ...['engine', 'live_restore', 'resource_limits', 'storage', 'engine_disk', 'networking'],
  ...['user_namespaces', 'seccomp', 'access_control', 'icc', 'engine_api', 'engine_logs'],
];
const HOST_CHECKS = ['cgroups', 'confinement', 'kernel', 'clock_sync', 'open_files', 'data_folder', 'other_agent'];
const OUTSIDE_CHECKS = ['coordinator', 'gpus'];

function findingOf(findings: readonly Finding[], check: CheckName): Finding {
  const finding = findings.find((candidate) => candidate.check === check);
  if (finding === undefined) throw new Error(`no finding about ${check}`);
  return finding;
}

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return { server, port: address.port };
}

describe('runDoctor', function () {
  this.timeout(40_000);
  let dataPath: string;

  beforeEach(() => (dataPath = mkdtempSync(join(tmpdir(), 'doctor-'))));
  afterEach(() => rmSync(dataPath, { recursive: true }));

  function ports(overrides: Partial<DoctorPorts>): DoctorPorts {
    return {
      clock: systemClock,
      dataPath,
      plannedInstances: 10,
      engine: async () => engineInfo({}),
      otherAgentPid: async () => undefined,
      ...overrides,
    };
  }

  it('looks at everything once, in order, with a remedy for whatever is not well', async () => {
    const findings = await runDoctor(ports({}));
    const checks = findings.map((finding) => finding.check);
    expect(checks).to.deep.equal([...ENGINE_CHECKS, ...HOST_CHECKS, ...OUTSIDE_CHECKS]);
    for (const finding of findings) {
      expect(finding.detail).not.to.equal('');
      if (finding.status !== 'ok') expect(finding.remedy).not.to.equal('');
    }
    expect(findingOf(findings, 'cgroups').status).to.equal('ok');
    expect(findingOf(findings, 'data_folder').status).not.to.equal('problem');
  });

  it('leaves nothing behind in the data folder', async () => {
    await runDoctor(ports({}));
    expect(readdirSync(dataPath)).to.deep.equal([]);
  });

  it('says once that the engine does not answer', async () => {
    const findings = await runDoctor(ports({ engine: async () => Promise.reject(new Error('ECONNREFUSED')) }));
    expect(findingOf(findings, 'engine').status).to.equal('problem');
    expect(findings.map(({ check }) => check)).to.deep.equal(['engine', ...HOST_CHECKS, ...OUTSIDE_CHECKS]);
  });

  it('asks nothing of an engine where the agent runs without one', async () => {
    const { engine: _, ...withoutEngine } = ports({});
    const findings = await runDoctor(withoutEngine);
    expect(findings.map(({ check }) => check)).to.deep.equal([...HOST_CHECKS, ...OUTSIDE_CHECKS]);
  });

  it('gives up on an engine and a look at the lock that hang, and tells them to stop', async () => {
    const clock = new ManualClock();
    let engineSignal: AbortSignal | undefined;
    const hangs = new Promise<never>(() => undefined);
    const examined = runDoctor(
      ports({
        clock,
        dataPath: '/dev/null/none', // fails at once, so that nothing is still being written when time has jumped
        engine: async (signal) => {
          engineSignal = signal;
          return hangs;
        },
        otherAgentPid: async () => hangs,
        run: async () => ({ kind: 'missing' }),
      }),
    );
    await clock.advanceAsync(30_000);
    const findings = await examined;
    expect(findingOf(findings, 'engine').status).to.equal('problem');
    expect(findingOf(findings, 'other_agent').status).to.equal('problem');
    expect(engineSignal?.aborted).to.equal(true);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('tells a coordinator that listens from one that does not', async () => {
    const { server, port } = await listen();
    const coordinator = { host: '127.0.0.1', port };
    expect(findingOf(await runDoctor(ports({ coordinator })), 'coordinator').status).to.equal('ok');
    await new Promise((resolve) => server.close(resolve));
    expect(findingOf(await runDoctor(ports({ coordinator })), 'coordinator').status).to.equal('problem');
  });

  it('accepts a data folder yet to be made, and refuses a file in its place', async () => {
    const fresh = join(dataPath, 'not', 'yet');
    expect(findingOf(await runDoctor(ports({ dataPath: fresh })), 'data_folder').status).not.to.equal('problem');
    expect(readdirSync(dataPath)).to.deep.equal([]);
    const file = join(dataPath, 'file');
    writeFileSync(file, '');
    expect(findingOf(await runDoctor(ports({ dataPath: file })), 'data_folder').status).to.equal('problem');
  });
});
