import { expect } from 'chai';
import { failureOf } from '../../../../../coordinator/providers/ssh/failure.js';
import type { SshOutcome } from '../../../../../coordinator/providers/ssh/ssh-client.js';

const TARGET = { host: '10.0.0.1', port: 22 };

function outcome(patch: Partial<SshOutcome>): SshOutcome {
  return { code: 1, stdout: '', stderr: '', isTooSlow: false, ...patch };
}

describe('what failed on a machine', () => {
  const cases: readonly (readonly [string, Partial<SshOutcome>])[] = [
    ['machine_host_key_wrong', { code: 255, stderr: 'Host key verification failed.\r\n' }],
    ['machine_login_refused', { code: 255, stderr: 'root@10.0.0.1: Permission denied (publickey).' }],
    ['machine_login_refused', { code: 255, stderr: 'Load key "/k": No such file or directory' }],
    ['machine_unreachable', { code: 255, stderr: 'ssh: connect to host 10.0.0.1 port 22: Connection refused' }],
    ['machine_unreachable', { code: 255, stderr: '' }],
    ['machine_too_slow', { code: undefined, isTooSlow: true }],
    [
      'machine_unfit',
      { code: 65, stdout: '@say It is looked at.\n@refuse machine_unfit systemd does not run there\n' },
    ],
    ['machine_install_failed', { code: 65, stdout: '@refuse quarantined because\n' }],
    ['machine_no_root', { stderr: 'sudo: a password is required' }],
    ['machine_disk_full', { code: 2, stderr: 'dpkg: error: cannot copy: No space left on device' }],
    ['machine_install_failed', { code: 1, stderr: 'error: the engine does not answer\nremedy: install Docker' }],
  ];
  cases.forEach(([reason, patch], at) => {
    it(`is told by a reason: ${reason} (case ${String(at)})`, () => {
      expect(failureOf(TARGET, outcome(patch), 'it is looked at')?.reason).to.equal(reason);
    });
  });

  it('is nothing where the command has ended well', () => {
    expect(failureOf(TARGET, outcome({ code: 0, stderr: 'Permission denied (' }), '')).to.equal(undefined);
  });

  it('is told by the last lines, without what a terminal would obey', () => {
    const stderr = `first\n${'x\n'.repeat(10)}last \u001b[31mwords\n`;
    const { message = '' } = failureOf(TARGET, outcome({ stderr }), 'the agent is installed') ?? {};
    expect(message).to.include('10.0.0.1:22: the agent is installed').and.include('last [31mwords');
    expect(message).to.not.include('first').and.not.include('\u001b');
  });
});
