import { expect } from 'chai';
import { coordinatorConfigSchema } from '../../../../common/config/coordinator-config.js';

describe('the settings of alerts', () => {
  const wrongIn = (settings: object): string[] =>
    coordinatorConfigSchema.safeParse(settings).error?.issues.map(({ path }) => path.join('.')) ?? [];
  const url = 'https://hooks.example/a?key=1';

  it('tell nobody unless a target is set', () => {
    const { alerts } = coordinatorConfigSchema.parse({});
    expect(alerts).to.include({ webhook: undefined, nats: false });
    expect(alerts.rules).to.deep.equal({ raiseAfterMs: 60_000, clearAfterMs: 300_000, remindAfterMs: 14_400_000 });
    expect(coordinatorConfigSchema.parse({ alerts: { webhook: { url } } }).alerts.webhook).to.include({ url });
  });

  it('want https:// unless private addresses are meant, and no user in a URL', () => {
    const webhook = { url: 'http://10.0.0.7/' };
    expect(wrongIn({ alerts: { webhook } })).to.deep.equal(['alerts.webhook.url']);
    expect(wrongIn({ alerts: { webhook: { ...webhook, privateAddresses: true } } })).to.deep.equal([]);
    for (const bad of ['https://kim:pw@hooks.example/', 'ftp://hooks.example/', 'hooks.example', `${url}#x`])
      expect(wrongIn({ alerts: { webhook: { url: bad } } }), bad).to.include('alerts.webhook.url');
  });

  it('want what they go by', () => {
    expect(wrongIn({ alerts: { webhook: { secretFile: '/s' } } })).to.deep.equal(['alerts.webhook.secretFile']);
    expect(wrongIn({ alerts: { nats: true } })).to.deep.equal(['alerts.nats']);
    expect(wrongIn({ alerts: { nats: true }, nats: { url: 'nats://127.0.0.1:4222' } })).to.deep.equal([]);
    expect(wrongIn({ alerts: { ignore: ['Host Lost'] } })).to.deep.equal(['alerts.ignore.0']);
  });

  it('have e-mail go over TLS unless it is told to go in clear, and then without a password', () => {
    const email = { host: 'smtp.example', from: 'headframe@fleet.example', to: ['ops@fleet.example'] };
    const portOf = (security?: string): unknown =>
      coordinatorConfigSchema.parse({ alerts: { email: { ...email, ...(security && { security }) } } }).alerts.email
        ?.port;
    expect([portOf(), portOf('tls'), portOf('plain')]).to.deep.equal([587, 465, 25]);
    expect(coordinatorConfigSchema.parse({ alerts: { email } }).alerts.email).to.include({ security: 'starttls' });
    expect(coordinatorConfigSchema.parse({}).alerts.email).to.equal(undefined);
    const login = { ...email, user: 'headframe', passwordFile: '/p' };
    expect(wrongIn({ alerts: { email: login } })).to.deep.equal([]);
    expect(wrongIn({ alerts: { email: { ...login, security: 'plain' } } })).to.deep.equal(['alerts.email.security']);
    expect(wrongIn({ alerts: { email: { ...email, user: 'headframe' } } })).to.deep.equal([
      'alerts.email.passwordFile',
    ]);
    const { from: _from, ...anonymous } = email;
    expect(wrongIn({ alerts: { email: anonymous } })).to.deep.equal(['alerts.email.from']);
    expect(wrongIn({ alerts: { email: { ...email, to: [] } } })).to.deep.equal(['alerts.email.to']);
    for (const bad of [
      'a@b\r\nBcc: c@d',
      'a@b, c@d',
      'Ops <a@b>',
      'a b@c',
      '<a@b>',
      'a@b>',
      'nobody',
      `a@${'b'.repeat(260)}`,
    ])
      expect(wrongIn({ alerts: { email: { ...email, to: [bad] } } }), bad).to.include('alerts.email.to.0');
    expect(wrongIn({ alerts: { email: { ...email, from: 'a@b\nX: y' } } })).to.include('alerts.email.from');
    expect(wrongIn({ alerts: { email: { ...email, host: 'a b' } } })).to.include('alerts.email.host');
  });
});
