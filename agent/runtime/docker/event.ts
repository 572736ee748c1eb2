import type { RuntimeEvent } from '../runtime.js';
import { recordOf, textOf } from './json-lines.js';
import { serialOf } from './labels.js';

/** The actions that are asked for; health verdicts match by their prefix. */
export const EVENT_ACTIONS = ['start', 'die', 'destroy', 'oom', 'health_status'];

/** An event and the container it is about. */
export interface EngineEvent {
  readonly containerId: string;
  readonly event: RuntimeEvent;
}

/** Reads one message of the event stream; undefined for what says nothing of an instance. */
export function engineEventOf(message: unknown): EngineEvent | undefined {
  const { Action, Actor } = recordOf(message);
  const { ID, Attributes } = recordOf(Actor);
  const kind = kindOf(textOf(Action));
  const serial = serialOf(textsOf(recordOf(Attributes)));
  if (kind === undefined || serial === undefined) return undefined;
  return { containerId: textOf(ID), event: { serial, kind } };
}

function kindOf(action: string): RuntimeEvent['kind'] | undefined {
  if (action.startsWith('health_status')) return 'health';
  switch (action) {
    case 'start':
      return 'started';
    case 'die':
      return 'ended';
    case 'destroy':
      return 'removed';
    case 'oom':
      return 'outOfMemory';
    default:
      return undefined;
  }
}

function textsOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, textOf(value)]));
}
