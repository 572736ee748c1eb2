import { expect } from 'chai';
import {
  judgeEngine,
  judgeEngineDisk,
  judgeLiveRestore,
  judgeNetworking,
  judgeResourceLimits,
  judgeStorage,
  judgeUnreachableEngine,
} from '../../../../../agent/host/doctor/engine-judgements.js';
import { engineInfo } from '../../../../support/engine-info.js';

const GIB = 1024 ** 3;
const LIMITS = { memory: true, swap: true, cpuQuota: true, pids: true };

describe('what the doctor says of the engine', () => {
  for (const [apiVersion, status] of [
    ['1.40', 'problem'],
    ['1.41', 'ok'],
    ['1.100', 'ok'],
    ['2.0', 'ok'],
    ['', 'problem'],
  ] as const) {
    it(`is ${status} for API version "${apiVersion}"`, () => {
      expect(judgeEngine(engineInfo({ apiVersion })).status).to.equal(status);
    });
  }

  it('is a problem when it does not answer', () => {
    expect(judgeUnreachableEngine('ECONNREFUSED')).to.include({ check: 'engine', status: 'problem' });
  });

  it('warns of an engine that takes its containers down with it', () => {
    expect(judgeLiveRestore(engineInfo({ liveRestore: true })).status).to.equal('ok');
    expect(judgeLiveRestore(engineInfo({ liveRestore: false })).status).to.equal('warning');
  });

  for (const [missing, status] of [
    ['memory', 'problem'],
    ['cpuQuota', 'problem'],
    ['pids', 'problem'],
    ['swap', 'warning'],
  ] as const) {
    it(`is a ${status} where ${missing} limits are not enforced`, () => {
      const finding = judgeResourceLimits(engineInfo({ limits: { ...LIMITS, [missing]: false } }));
      expect(finding.status).to.equal(status);
    });
  }

  it('is content with all limits', () => {
    expect(judgeResourceLimits(engineInfo({ limits: LIMITS })).status).to.equal('ok');
  });

  for (const [storageDriver, backingFilesystem, options, status] of [
    ['overlay2', 'extfs', ['rw'], 'warning'],
    ['overlay2', 'extfs', ['rw', 'prjquota'], 'warning'],
    ['overlay2', 'xfs', ['rw', 'noquota'], 'warning'],
    ['overlay2', 'xfs', ['rw', 'prjquota'], 'ok'],
    ['btrfs', '', ['rw'], 'ok'],
    ['zfs', '', ['rw'], 'ok'],
    ['vfs', '', ['rw'], 'warning'],
  ] as const) {
    it(`is ${status} about disk limits of ${storageDriver} on "${backingFilesystem}" mounted ${options.join()}`, () => {
      expect(judgeStorage(engineInfo({ storageDriver, backingFilesystem }), options).status).to.equal(status);
    });
  }

  for (const [freeBytes, status] of [
    [GIB - 1, 'problem'],
    [GIB, 'warning'],
    [10 * GIB, 'ok'],
    [undefined, 'warning'],
  ] as const) {
    it(`is ${status} with ${freeBytes ?? 'unknown'} bytes free for images and containers`, () => {
      expect(judgeEngineDisk('/var/lib/docker', freeBytes).status).to.equal(status);
    });
  }

  it('warns when ports cannot be published or packets not forwarded', () => {
    const all = new Set(['iptables', 'docker-proxy']);
    expect(judgeNetworking(engineInfo({}), all).status).to.equal('ok');
    expect(judgeNetworking(engineInfo({}), new Set(['docker-proxy'])).status).to.equal('warning');
    expect(judgeNetworking(engineInfo({}), new Set(['iptables'])).status).to.equal('warning');
    expect(judgeNetworking(engineInfo({ ipForwarding: false }), all).status).to.equal('warning');
  });
});
