import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { leaseFiles } from '../../../../../agent/kinds/lease/ssh-files.js';
import type { LeaseSpec } from '../../../../../common/model/lease-spec.js';
import { leaseSpec } from '../../../../support/lease-samples.js';

const textOf = (name: string, parts: Partial<LeaseSpec> = {}): string | undefined =>
  leaseFiles(leaseSpec(parts)).find((file) => file.name === name)?.text;
const CA = { userCa: 'ssh-ed25519 CCCC fleet' };

describe('the files of a lease', () => {
  it('let its keys in, and certificates that name it, when there is an authority', () => {
    expect(textOf('authorized_keys', { authorizedKeys: ['ssh-ed25519 A', 'ssh-ed25519 B'] })).to.equal(
      'ssh-ed25519 A\nssh-ed25519 B\n',
    );
    expect(textOf('principals')).to.equal('lease-1\n');
    expect(textOf('user_ca.pub')).to.equal(undefined);
    expect(textOf('sshd_config')).to.not.include('TrustedUserCAKeys');
    expect(textOf('user_ca.pub', CA)).to.equal('ssh-ed25519 CCCC fleet\n');
    expect(textOf('sshd_config', CA))
      .to.include('\nTrustedUserCAKeys /run/headframe/lease/user_ca.pub\n')
      .and.include('\nAuthorizedPrincipalsFile /run/headframe/lease/principals\n');
  });

  it('let the probes of the coordinator in, for one command', () => {
    const [own, probe, ...more] = (textOf('authorized_keys', { probeKey: 'ssh-ed25519 PPPP' }) ?? '').split('\n');
    expect(own).to.match(/^ssh-ed25519 /);
    expect(probe).to.match(/^restrict,command="[^"]+" ssh-ed25519 PPPP$/);
    expect(more).to.deep.equal(['']);
  });

  it('take no passwords but the one whose hash was given', () => {
    expect(textOf('sshd_config'))
      .to.include('\nPasswordAuthentication no\n')
      .and.include('\nPermitRootLogin prohibit-password\n');
    expect(textOf('password_hash')).to.equal(undefined);
    const hash = { passwordHash: '$6$salt$hash' };
    expect(textOf('sshd_config', hash))
      .to.include('\nPasswordAuthentication yes\n')
      .and.include('\nPermitRootLogin yes\n');
    expect(textOf('password_hash', hash)).to.equal('$6$salt$hash\n');
  });

  it('forward neither agents nor displays', () => {
    for (const line of ['AllowAgentForwarding no', 'X11Forwarding no', 'PermitTunnel no', 'UsePAM no'])
      expect(textOf('sshd_config')?.split('\n')).to.include(line);
  });

  it('start by a script that any shell understands', () => {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: textOf('entry') ?? '', encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    expect(textOf('entry')).to.not.include('@FILES');
  });
});
