import { expect } from 'chai';
import { healthInStatusText, observedOf } from '../../../../../agent/runtime/docker/observed.js';
import type { Inspected } from '../../../../../agent/runtime/docker/observed.js';

function inspected(state: Partial<Inspected['State']> = {}, rest: Partial<Inspected> = {}): Inspected {
  return {
    Id: 'abc',
    State: {
      Status: 'running',
      OOMKilled: false,
      Pid: 42,
      ExitCode: 0,
      StartedAt: '2026-01-02T03:04:05.678901234Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      ...state,
    },
    Config: { Labels: { 'headframe.serial': '7' } },
    HostConfig: { NetworkMode: 'bridge' },
    NetworkSettings: { Networks: { bridge: { IPAddress: '172.17.0.2' } } },
    ...rest,
  };
}

const FINISHED = '2026-01-02T03:05:05Z';

describe('an observed container', () => {
  it('runs with pid, start and address', () => {
    expect(observedOf(inspected())).to.deep.equal({
      serial: 7,
      containerId: 'abc',
      status: 'running',
      pid: 42,
      exitCode: undefined,
      outOfMemory: false,
      startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      finishedAtMs: 0,
      address: '172.17.0.2',
      imageHealth: 'none',
    });
  });

  it('died of memory only if the kernel killed its main process', () => {
    const end = (ExitCode: number, OOMKilled: boolean) =>
      observedOf(inspected({ Status: 'exited', Pid: 0, ExitCode, OOMKilled, FinishedAt: FINISHED }));
    expect(end(137, true)).to.include({ status: 'exited', exitCode: 137, outOfMemory: true, address: '' });
    expect(end(137, false)).to.include({ outOfMemory: false });
    // A child was killed, and the main process went on and ended in its own way.
    expect(end(7, true)).to.include({ exitCode: 7, outOfMemory: false });
    expect(end(0, true)).to.include({ exitCode: 0, outOfMemory: false });
  });

  it('has no exit code after a failed start', () => {
    const created = observedOf(
      inspected({ Status: 'created', ExitCode: 128, Pid: 0, StartedAt: '0001-01-01T00:00:00Z' }),
    );
    expect(created).to.include({ status: 'created', exitCode: undefined, startedAtMs: 0, finishedAtMs: 0 });
  });

  it('never ends before it began', () => {
    const ended = observedOf(inspected({ Status: 'exited', FinishedAt: '2026-01-02T03:04:05.677Z' }));
    expect(ended?.finishedAtMs).to.equal(ended?.startedAtMs);
  });

  it('counts a paused container as running and a dead one as ended', () => {
    expect(observedOf(inspected({ Status: 'paused' }))?.status).to.equal('running');
    expect(observedOf(inspected({ Status: 'dead' }))?.status).to.equal('exited');
  });

  it("is reached at the loopback address on the host's network, and nowhere without one", () => {
    const host = inspected({}, { HostConfig: { NetworkMode: 'host' } });
    expect(observedOf(host)?.address).to.equal('127.0.0.1');
    const none = inspected({}, { NetworkSettings: { Networks: { none: { IPAddress: '' } } } });
    expect(observedOf(none)?.address).to.equal('');
  });

  it('is none of ours without a serial', () => {
    for (const serial of ['', '0', '-1', '1.5', '1e3', '99999999999999999'])
      expect(observedOf(inspected({}, { Config: { Labels: { 'headframe.serial': serial } } }))).to.equal(undefined);
  });

  it("carries its image's verdict, also out of a list's text", () => {
    expect(observedOf(inspected({ Health: { Status: 'unhealthy' } }))?.imageHealth).to.equal('unhealthy');
    const texts = ['Up 2 minutes (healthy)', 'Up 1 second (health: starting)', 'Up 3 hours (unhealthy)', 'Up 3 hours'];
    expect(texts.map(healthInStatusText)).to.deep.equal(['healthy', 'starting', 'unhealthy', 'none']);
  });
});
