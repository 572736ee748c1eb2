import { expect } from 'chai';
import type { Health, InstanceState } from '../../../../common/model/instance.js';
import type { HostState } from '../../../../common/model/host.js';
import { askedPort, standingOf } from '../../../../coordinator/router/standing.js';
import { sampleSpec, sampleWorkload } from '../../../support/fleet-samples.js';

describe('whether an instance is asked', () => {
  const cases: readonly [string, InstanceState, Health, HostState | 'draining' | 'gone', string][] = [
    ['one that runs without a check', 'running', 'none', 'ready', 'ready'],
    ['one whose check passes', 'running', 'healthy', 'ready', 'ready'],
    ['one whose check has not passed yet', 'running', 'checking', 'ready', 'out'],
    ['one whose check fails', 'running', 'unhealthy', 'ready', 'leaving'],
    ['one that is to stop', 'stopping', 'healthy', 'ready', 'leaving'],
    ['one that starts', 'starting', 'none', 'ready', 'out'],
    ['one that has ended', 'failed', 'healthy', 'ready', 'out'],
    ['one on a host that is drained', 'running', 'healthy', 'draining', 'spare'],
    ['one on a host that is silent', 'running', 'healthy', 'suspect', 'spare'],
    ['one on a host that is gone', 'running', 'healthy', 'gone', 'out'],
  ];
  for (const [title, state, health, host, kind] of cases)
    it(`is ${kind} for ${title}`, () => {
      const hostState = host === 'draining' || host === 'gone' ? 'ready' : host;
      const on = host === 'gone' ? undefined : { state: hostState, draining: host === 'draining' };
      const standing = standingOf({ state, health, reason: 'tested' }, on);
      expect(standing.kind).to.equal(kind);
      expect(standing.why === '').to.equal(kind === 'ready');
    });

  it('is so at the TCP port http of a model alone', () => {
    const portOf = (name: string, protocol: 'tcp' | 'udp') => ({ name, protocol, containerPort: 80, hostPort: 0 });
    const workload = (...ports: ReturnType<typeof portOf>[]) =>
      sampleWorkload({ kind: 'model', container: { ...sampleSpec().container, ports } });
    expect(askedPort(workload(portOf('other', 'tcp'), { ...portOf('http', 'tcp'), containerPort: 81 }))).to.equal(81);
    expect(askedPort(workload(portOf('http', 'udp')))).to.equal(undefined);
    for (const kind of ['container', 'module', 'lease'])
      expect(askedPort({ ...workload(portOf('http', 'tcp')), kind })).to.equal(undefined);
  });
});
