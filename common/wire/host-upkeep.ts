import { create } from '@bufbuild/protobuf';
import { HostConditionsSchema, HostNoticeSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type { HostConditions as WireHostConditions } from '../gen/headframe/v1/agent_service_pb.js';
import { HostConditionSchema, HostMaintenanceSchema } from '../gen/headframe/v1/host_pb.js';
import type {
  HostCondition as WireCondition,
  HostMaintenance as WireMaintenance,
} from '../gen/headframe/v1/host_pb.js';
import { UPKEEP_STEPS } from '../model/host.js';
import type { HostCondition, HostNotice, HostUpkeep } from '../model/host.js';
import { clampedNumber, numberToWire } from './numbers.js';
import { boundedText, reasonCode } from './texts.js';

/** What an agent says of its host's health, whole, and what it did since it said so last. */
export interface HostHealth {
  readonly conditions: readonly HostCondition[];
  readonly notices: readonly HostNotice[];
}

/** Work under way on a host as its operator sees it. */
export type UpkeepView = Omit<HostUpkeep, 'before' | 'bootId'>;

/** Maintenance of a host as its operator sees it. */
export interface MaintenanceView {
  readonly windows: readonly string[];
  readonly upkeep: UpkeepView | undefined;
}

/** A host has no more ailments than these. */
const MOST_CONDITIONS = 32;
/** What one message tells at most; the rest is in the agent's log. */
const MOST_NOTICES = 64;

/** Puts a host's health on the wire. */
export function hostHealthToWire({ conditions, notices }: HostHealth): WireHostConditions {
  return create(HostConditionsSchema, {
    conditions: conditions.map(conditionToWire),
    notices: notices.slice(0, MOST_NOTICES).map((notice) => create(HostNoticeSchema, notice)),
  });
}

/** Reads a host's health; what is too long or too much is cut. */
export function hostHealthFromWire(message: WireHostConditions): HostHealth {
  const notices = message.notices.slice(0, MOST_NOTICES);
  return {
    conditions: conditionsFromWire(message.conditions),
    notices: notices.map(({ reason, text }) => ({ reason: reasonCode(reason), text: boundedText(text) })),
  };
}

/** Puts a condition on the wire. */
export function conditionToWire({ reason, text, sinceMs }: HostCondition): WireCondition {
  return create(HostConditionSchema, { reason, text, sinceMs: numberToWire(sinceMs, 'sinceMs') });
}

/** Reads conditions, one of each reason. */
export function conditionsFromWire(messages: readonly WireCondition[]): HostCondition[] {
  const found = new Map<string, HostCondition>();
  for (const { reason, text, sinceMs } of messages.slice(0, MOST_CONDITIONS)) {
    const code = reasonCode(reason);
    found.set(code, { reason: code, text: boundedText(text), sinceMs: clampedNumber(sinceMs) });
  }
  return [...found.values()];
}

/** Puts maintenance on the wire; undefined when there is none. */
export function maintenanceToWire({ windows, upkeep }: MaintenanceView): WireMaintenance | undefined {
  if (windows.length === 0 && upkeep === undefined) return undefined;
  if (upkeep === undefined) return create(HostMaintenanceSchema, { windows: [...windows] });
  const { activity, step, text } = upkeep;
  const times = { sinceMs: BigInt(upkeep.sinceMs), untilMs: BigInt(upkeep.untilMs) };
  return create(HostMaintenanceSchema, { windows: [...windows], activity, step, text, ...times });
}

/** Reads maintenance as the coordinator sends it. */
export function maintenanceFromWire(message: WireMaintenance | undefined): MaintenanceView {
  const { windows = [], activity, step, text = '', sinceMs = 0n, untilMs = 0n } = message ?? {};
  const known = UPKEEP_STEPS.find((name) => name === step);
  if (known === undefined || (activity !== 'window' && activity !== 'reboot')) return { windows, upkeep: undefined };
  const times = { sinceMs: clampedNumber(sinceMs), untilMs: clampedNumber(untilMs) };
  return { windows, upkeep: { activity, step: known, text, ...times } };
}
