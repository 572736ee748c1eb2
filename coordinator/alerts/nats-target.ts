import type { MessageBus } from '../../common/observe/bus.js';
import { alertSubject } from '../../common/observe/subjects.js';
import { asSent } from './notice.js';
import { TELL_MS } from './target.js';
import type { AlertTarget } from './target.js';

/** Alerts as messages, one each; taken is what the server has taken, whoever listens there. */
export function natsTarget(bus: Pick<MessageBus, 'deliver'>): AlertTarget {
  return {
    name: 'nats',
    where: 'headframe.v1.alerts.>',
    tell: async (notices) => {
      const messages = notices.map((notice) => ({ subject: alertSubject(notice.reason), payload: asSent(notice) }));
      const became = await bus.deliver(messages, TELL_MS);
      switch (became) {
        case 'taken':
          return { kind: 'taken' };
        case 'absent':
          return { kind: 'failed', reason: 'alert_no_bus', text: 'no NATS server is connected' };
        case 'late':
          return { kind: 'failed', reason: 'alert_late', text: `the NATS server took nothing within ${TELL_MS} ms` };
      }
    },
  };
}
