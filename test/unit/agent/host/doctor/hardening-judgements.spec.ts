import { expect } from 'chai';
import {
  judgeAccessControl,
  judgeEngineApi,
  judgeEngineLogs,
  judgeIcc,
  judgeSeccomp,
  judgeUserNamespaces,
} from '../../../../../agent/host/doctor/hardening-judgements.js';
import { engineInfoOf } from '../../../../../agent/runtime/docker/engine-facts.js';
import { engineInfo } from '../../../../support/engine-info.js';

describe("what the doctor says of the engine's hardening", () => {
  for (const [security, users, calls, access] of [
    [['name=seccomp,profile=default', 'name=userns', 'name=apparmor'], 'ok', 'ok', 'ok'],
    [['name=seccomp,profile=builtin', 'name=rootless', 'name=selinux'], 'ok', 'ok', 'ok'],
    [['seccomp', 'apparmor'], 'warning', 'ok', 'ok'],
    [['name=seccomp,profile=unconfined'], 'warning', 'problem', 'warning'],
    [[], 'warning', 'problem', 'warning'],
  ] as const) {
    it(`is ${users}, ${calls}, ${access} of users, system calls and access control with "${security.join(' ')}"`, () => {
      const info = engineInfo({ security });
      expect(judgeUserNamespaces(info).status).to.equal(users);
      expect(judgeSeccomp(info).status).to.equal(calls);
      expect(judgeAccessControl(info).status).to.equal(access);
    });
  }

  it('warns where containers reach each other', () => {
    expect(judgeIcc(engineInfo({ icc: false })).status).to.equal('ok');
    expect(judgeIcc(engineInfo({ icc: true })).status).to.equal('warning');
    expect(judgeIcc(engineInfo({ icc: undefined })).status).to.equal('warning');
  });

  it('is a problem where anybody may call the engine, which the engine itself warns of', () => {
    const warnings = [
      'WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\n         Access to the remote API',
      '[DEPRECATION NOTICE]: API is accessible on https://[::]:2376 without TLS client verification.\n  more',
      'WARNING: No swap limit support',
    ];
    const facts = { ServerVersion: '27.0.3', Driver: 'overlay2', DockerRootDir: '/var/lib/docker', Warnings: warnings };
    const info = engineInfoOf(facts, { apiVersion: '1.46', runcVersion: '1.3.4', icc: true });
    expect(info.openAddresses).to.deep.equal(['http://0.0.0.0:2375', 'https://[::]:2376']);
    expect(judgeEngineApi(info).status).to.equal('problem');
    expect(judgeEngineApi(engineInfo({})).status).to.equal('ok');
  });

  it('warns of logs without an end', () => {
    const endless = engineInfo({ logDriver: 'json-file' });
    expect(judgeEngineLogs(endless, undefined).status).to.equal('warning');
    expect(judgeEngineLogs(endless, '{"log-opts": {"max-size": "10m"}}').status).to.equal('ok');
    expect(judgeEngineLogs(engineInfo({}), undefined).status).to.equal('ok');
    expect(judgeEngineLogs(engineInfo({ logDrivers: ['local'] }), undefined).status).to.equal('problem');
  });
});
