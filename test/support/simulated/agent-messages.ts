import { WireReader, WireWriter } from './wire-bytes.js';

/** Instances with consecutive serials. */
export interface SerialRun {
  readonly first: number;
  readonly count: number;
}

/** What a coordinator says, as far as a simulated agent minds it. */
export type CoordinatorWord =
  | { readonly kind: 'accepted'; readonly epoch: number; readonly heartbeatMs: number; readonly usageMs: number }
  | { readonly kind: 'reportsAck'; readonly sequence: number }
  | { readonly kind: 'other' }
  | {
      readonly kind: 'snapshot' | 'delta';
      readonly appliesTo: number;
      readonly resultsIn: number;
      readonly runs: readonly SerialRun[];
      readonly stops: readonly SerialRun[];
      readonly forget: readonly number[];
    };

/** A report as a simulated agent sends it. */
export interface SimpleReport {
  readonly serial: number;
  readonly state: 'running' | 'stopped';
}

// Numbers of headframe.v1's fields and enums; the contract never changes them.
const STATES = { running: 5, stopped: 7 } as const;
const HEALTH_NONE = 1;
const CONTAINER_ID_DIGITS = 64;

const writer = new WireWriter();
const inner = new WireWriter();
const outer = new WireWriter();

/** A batch of reports, each with all that an agent says of a container that runs. */
export function reportsMessage(sequence: number, reports: readonly SimpleReport[], startedAtMs: number): Uint8Array {
  inner.reset().number(1, sequence);
  for (const { serial, state } of reports) {
    writer.reset().number(1, serial).number(2, STATES[state]).number(3, HEALTH_NONE);
    if (state === 'running') writer.text(4, 'started').text(5, 'The container runs.');
    else writer.text(4, 'stopped').text(5, 'Stopped as asked.').number(7, 0);
    writer.text(8, containerId(serial)).number(9, startedAtMs).number(10, startedAtMs);
    inner.bytes(2, writer.view());
  }
  return outer.reset().bytes(3, inner.view()).view();
}

/** A heartbeat. */
export function heartbeatMessage(sequence: number): Uint8Array {
  return outer.reset().bytes(2, inner.reset().number(1, sequence).view()).view();
}

/** A request for a snapshot. */
export function snapshotRequestMessage(): Uint8Array {
  return outer.reset().bytes(5, inner.reset().text(1, 'unknown_base').view()).view();
}

/** Reads what a coordinator says. */
export function readWord(message: Uint8Array): CoordinatorWord {
  const reader = new WireReader(message);
  switch (reader.next()) {
    case 1:
      return readAccepted(reader.bytes());
    case 3:
      return readAssignments(reader.bytes(), 'snapshot');
    case 4:
      return readAssignments(reader.bytes(), 'delta');
    case 5:
      return { kind: 'reportsAck', sequence: numbersOf(reader.bytes())[1] ?? 0 };
    default:
      return { kind: 'other' };
  }
}

function readAccepted(bytes: Uint8Array): CoordinatorWord {
  const numbers = numbersOf(bytes);
  return { kind: 'accepted', epoch: numbers[2] ?? 0, heartbeatMs: numbers[3] ?? 0, usageMs: numbers[5] ?? 0 };
}

// A delta has one field, `applies_to`, before those that both share.
function readAssignments(bytes: Uint8Array, kind: 'snapshot' | 'delta'): CoordinatorWord {
  const shift = kind === 'delta' ? 1 : 0;
  const [runs, stops, forget]: [SerialRun[], SerialRun[], number[]] = [[], [], []];
  let [appliesTo, resultsIn] = [0, 0];
  const reader = new WireReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    const shared = field - shift;
    if (kind === 'delta' && field === 2) appliesTo = reader.varint();
    else if (shared === 2) resultsIn = reader.varint();
    else if (shared === 4) runs.push(readRun(reader.bytes(), 2, 3));
    else if (shared === 5) stops.push(readRun(reader.bytes(), 1, 2));
    else if (kind === 'delta' && field === 7) forget.push(...packed(reader.bytes()));
    else reader.skip();
  }
  return { kind, appliesTo, resultsIn, runs, stops, forget };
}

function readRun(bytes: Uint8Array, firstField: number, countField: number): SerialRun {
  const numbers = numbersOf(bytes);
  return { first: numbers[firstField] ?? 0, count: numbers[countField] ?? 0 };
}

/** The plain numbers of a message by their fields. */
function numbersOf(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  const reader = new WireReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (reader.isNumber) numbers[field] = reader.varint();
    else reader.skip();
  }
  return numbers;
}

function packed(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  const reader = new WireReader(bytes);
  while (!reader.done) numbers.push(reader.varint());
  return numbers;
}

/** As long as an engine's, and another for each instance. */
function containerId(serial: number): string {
  return serial.toString(16).padStart(CONTAINER_ID_DIGITS, '0123456789abcdef');
}
