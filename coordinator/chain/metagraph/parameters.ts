import type { HyperParameter } from '../network/readers/subnets.js';

/** What changes by itself, with blocks and registrations, and nobody decided. */
const RESTLESS: ReadonlySet<string> = new Set([
  ...['burn', 'difficulty', 'lastAdjustmentBlock', 'registrationsThisInterval'],
]);

/** A hyper-parameter that somebody changed. */
export interface ParameterChange {
  readonly name: string;
  /** Undefined where the chain did not have it, or has it no longer. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The hyper-parameters whose change is told, by name. Pure. */
export function settledParameters(parameters: readonly HyperParameter[]): Record<string, string> {
  return Object.fromEntries(
    parameters.flatMap(({ name, value }) => (value === undefined || RESTLESS.has(name) ? [] : [[name, value]])),
  );
}

/** What became different from one reading to the next, by name. Pure. */
export function parameterChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): ParameterChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ name, before: before[name], after: after[name] }));
}
