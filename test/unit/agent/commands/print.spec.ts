import { expect } from 'chai';
import { printFindings, printStatus } from '../../../../agent/commands/print.js';
import type { AgentStatus } from '../../../../agent/agent-parts.js';
import { sampleReport } from '../../../support/sample-report.js';

const HOST_USAGE = {
  atMs: 0,
  cpuMillis: 1_500,
  memoryBytes: 2 ** 30,
  diskBytes: 0,
  load1: 0,
  networkRxBytes: 0,
  networkTxBytes: 0,
};

const STATUS: AgentStatus = {
  hostId: 'host-1',
  pid: 7,
  version: '1.2.3',
  coordinator: 'hub:7700',
  connected: true,
  epoch: 3,
  instances: [sampleReport(12, { state: 'starting', reason: 'image_not_found', restarts: 2, atMs: 1_000 })],
  usage: { host: HOST_USAGE, instances: [] },
};

describe('printFindings', () => {
  it('puts a remedy below what is not well, and none below what is', () => {
    const text = printFindings([
      { check: 'engine', status: 'ok', detail: 'answers' },
      { check: 'storage', status: 'problem', detail: 'full', remedy: 'free some' },
    ]);
    const [engine, disk, remedy, end] = text.split('\n');
    expect(engine).to.match(/^ok +engine +answers$/);
    expect(disk).to.match(/^PROBLEM +storage +full$/);
    expect(remedy?.trim()).to.equal('remedy: free some');
    expect(end).to.equal('');
  });
});

describe('printStatus', () => {
  it('shows the session, the use of the host, and each instance with its reason and age', () => {
    const text = printStatus(STATUS, 61_000);
    for (const word of ['host-1', '1.2.3', 'hub:7700', 'epoch 3', 'image_not_found', '1m', '2 restarts'])
      expect(text).to.include(word);
    expect(text.endsWith('\n')).to.equal(true);
  });

  it('says that it is not connected, and leaves out the use of the host while that is not known', () => {
    const text = printStatus({ ...STATUS, connected: false, usage: undefined }, 0);
    expect(text).to.include('not connected');
    expect(text).to.not.match(/^usage/m);
  });
});
