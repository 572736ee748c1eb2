import { expect } from 'chai';
import { parse } from 'yaml';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';
import { configurationOf, configurationText } from '../../../../coordinator/cli/further-coordinator.js';
import { settingsForOther } from '../../../../coordinator/members/index.js';

const GIVEN = {
  listen: '0.0.0.0:7700',
  advertise: 'c1.example:7700',
  dataDir: '/var/lib/headframe-of-its-own',
  security: { keyFile: '/etc/headframe/key', names: ['other.example'] },
  store: {
    kind: 'jetstream',
    jetstream: {
      servers: 'tls://coordinator:p@ss:w@n1:4222,tls://coordinator:x@n2:4222,tls://n3:4222',
      ...{ cluster: 'main', replicas: 3, leadershipTtl: '7s', credentialsFile: '/etc/headframe/nats.creds' },
      monitorUrls: ['http://n1:8222', 'http://n2:8222'],
    },
  },
};

describe('The settings of a further coordinator', () => {
  const config = coordinatorConfigSchema.parse(GIVEN);
  const settings = settingsForOther(config, '[2001:db8::4]:7800');

  it('are those of the one that leads that all must have alike, with addresses of its own and no password', () => {
    const further = coordinatorConfigSchema.parse(configurationOf(settings));
    expect(further.advertise).to.equal('[2001:db8::4]:7800');
    expect(further.listen).to.equal('0.0.0.0:7800');
    expect(further.security.keyFile).to.equal('/etc/headframe/key');
    expect(further.store).to.deep.equal({
      ...config.store,
      jetstream: { ...config.store.jetstream, servers: 'tls://n1:4222,tls://n2:4222,tls://n3:4222' },
    });
    expect(JSON.stringify(settings)).not.to.match(/p@ss|of-its-own|other\.example/);
  });

  it('are a file that tells which files it needs, and what it lacks', () => {
    const text = configurationText('[2001:db8::4]:7800', 'c1.example:7700', settings);
    expect(parse(text)).to.deep.equal(configurationOf(settings));
    expect(text).to.include('#   /etc/headframe/key  (security.keyFile)');
    expect(text).to.include('#   /etc/headframe/nats.creds  (store.jetstream.credentialsFile)');
    expect(text).not.to.include('headframe-key');
  });

  it('say where the key comes from that is no file', () => {
    const without = coordinatorConfigSchema.parse({ ...GIVEN, security: {} });
    const text = configurationText('c4:7700', 'c1:7700', settingsForOther(without, 'c4:7700'));
    expect(text).to.include('systemd credential headframe-key');
  });
});
