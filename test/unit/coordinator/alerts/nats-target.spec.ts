import { expect } from 'chai';
import { natsTarget } from '../../../../coordinator/alerts/nats-target.js';
import { testNotice } from '../../../../coordinator/alerts/notice.js';

describe('natsTarget', () => {
  for (const [became, expected] of [
    ['taken', 'taken'],
    ['absent', 'alert_no_bus'],
    ['late', 'alert_late'],
  ] as const)
    it(`answers what became of its messages: ${became}`, async () => {
      const subjects: string[] = [];
      const deliver = (messages: readonly { readonly subject: string }[]) => {
        subjects.push(...messages.map(({ subject }) => subject));
        return Promise.resolve(became);
      };
      const delivery = await natsTarget({ deliver }).tell([testNotice(0), testNotice(1)]);
      expect(delivery.kind === 'failed' ? delivery.reason : delivery.kind).to.equal(expected);
      expect(subjects).to.deep.equal(Array.from({ length: 2 }, () => 'headframe.v1.alerts.alert_test'));
    });
});
