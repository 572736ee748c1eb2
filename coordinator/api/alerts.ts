import type { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { AlertState } from '../../common/gen/headframe/v1/alert_pb.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { SEVERITY } from '../../common/wire/enums.js';
import { numberToWire } from '../../common/wire/numbers.js';
import { ALERT_RULES } from '../alerts/index.js';
import type { AlertState as State } from '../alerts/index.js';
import { readDurably } from './durably.js';
import type { HandlerParts } from './parts.js';

const STATES: Readonly<Record<State, AlertState>> = {
  waiting: AlertState.WAITING,
  raised: AlertState.RAISED,
  ending: AlertState.ENDING,
  cleared: AlertState.CLEARED,
};

/** More are not told of in one answer. */
const MOST_ALERTS = 1_000;

/** The handler of what is wrong, and of who is told of it. */
export function alerts({
  fleet,
  alertDesk,
}: Pick<HandlerParts, 'fleet' | 'alertDesk'>): Pick<ServiceImplementation<typeof FleetService>, 'getAlerts'> {
  return {
    getAlerts: async () => {
      const { value } = await readDurably(fleet, () => alertDesk.standing());
      const { raiseAfterMs, clearAfterMs, remindAfterMs } = alertDesk.terms;
      return {
        alerts: value.alerts
          .slice(0, MOST_ALERTS)
          .map(({ severity, state, sinceMs, raisedAtMs, clearedAtMs, ...rest }) => ({
            ...rest,
            ...{ told: [...rest.told], severity: SEVERITY.toWire(severity), state: STATES[state] },
            sinceMs: numberToWire(sinceMs, 'sinceMs'),
            raisedAtMs: numberToWire(raisedAtMs, 'raisedAtMs'),
            clearedAtMs: numberToWire(clearedAtMs, 'clearedAtMs'),
          })),
        targets: value.targets.map((target) => ({ ...target, nextAtMs: numberToWire(target.nextAtMs, 'nextAtMs') })),
        deliveries: value.deliveries.map((one) => ({ ...one, atMs: numberToWire(one.atMs, 'atMs') })),
        terms: {
          ignored: [...alertDesk.ignored],
          raiseAfterMs: numberToWire(raiseAfterMs, 'raiseAfterMs'),
          clearAfterMs: numberToWire(clearAfterMs, 'clearAfterMs'),
          remindAfterMs: numberToWire(remindAfterMs, 'remindAfterMs'),
        },
        rules: ALERT_RULES.map((rule) => ({ ...rule })),
      };
    },
  };
}
