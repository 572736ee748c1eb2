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
});
