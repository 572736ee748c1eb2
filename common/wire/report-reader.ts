import { fromBinary } from '@bufbuild/protobuf';
import { ProgressSchema } from '../gen/headframe/v1/agent_service_pb.js';
import { HeadframeError } from '../model/error.js';
import { HEALTH, INSTANCE_STATE } from './enums.js';
import { FIRST_NEGATIVE } from './numbers.js';
import { progressFromWire } from './report.js';
import type { InstanceReport, Progress } from './report.js';
import { LONGEST_WORD, boundedText, reasonCode } from './texts.js';
import { TextMemo } from './text-memo.js';
import type { WireReader } from './wire-reader.js';

/** Most reports in one message; agents send at most 500. */
const MOST_REPORTS = 10_000;

/** A batch of reports as it came, checked as `instanceReportFromWire` does. */
export interface ReportBatch {
  readonly sequence: number;
  readonly reports: readonly InstanceReport[];
}

const reasons = new TextMemo(reasonCode);
const texts = new TextMemo(boundedText);

/**
 * Reads `InstanceReports` from its bytes: a million reports cost a second, where messages in between cost four. Throws
 * HeadframeError (invalid_argument): number_out_of_range and unknown_value as `instanceReportFromWire` does,
 * too_many_reports beyond 10,000.
 */
export function readReports(reader: WireReader): ReportBatch {
  let sequence = 0;
  const reports: InstanceReport[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) sequence = reader.number();
    else if (field !== 2) reader.skip();
    else if (reports.push(readReport(reader.message())) > MOST_REPORTS) throw tooMany();
  }
  return { sequence: exact(sequence, 'sequence'), reports };
}

/** Fields by their numbers in `InstanceReport`; what is absent has its default. */
function readReport(reader: WireReader): InstanceReport {
  let [serial, state, health, restarts, startedAtMs, atMs] = [0, 0, 0, 0, 0, 0];
  let [reason, text, containerId] = [reasonCode(''), '', ''];
  let exitCode: number | undefined;
  let progress: Progress | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    switch (field) {
      case 1:
        serial = reader.number();
        break;
      case 2:
        state = reader.int32();
        break;
      case 3:
        health = reader.int32();
        break;
      case 4:
        reason = reasons.read(reader.view());
        break;
      case 5:
        text = texts.read(reader.view());
        break;
      case 6:
        restarts = reader.int32() >>> 0;
        break;
      case 7:
        exitCode = reader.int32();
        break;
      case 8:
        containerId = boundedText(reader.text(), LONGEST_WORD);
        break;
      case 9:
        startedAtMs = timeOf(reader.number());
        break;
      case 10:
        atMs = timeOf(reader.number());
        break;
      case 11:
        progress = progressFromWire(fromBinary(ProgressSchema, reader.view()));
        break;
      default:
        reader.skip();
    }
  }
  return {
    serial: exact(serial, 'report.serial'),
    state: INSTANCE_STATE.fromWire(state, 'report.state'),
    health: HEALTH.fromWire(health, 'report.health'),
    reason,
    text,
    restarts,
    exitCode,
    containerId,
    startedAtMs,
    atMs,
    progress,
  };
}

function timeOf(value: number): number {
  if (value >= FIRST_NEGATIVE) return 0;
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function exact(value: number, path: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'number_out_of_range',
    message: `${path} is out of range`,
    violations: [{ path, value: String(value), expected: 'a whole number from 0 to 2^53 - 1' }],
  });
}

function tooMany(): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'too_many_reports',
    message: `a message has more than ${String(MOST_REPORTS)} reports`,
    remedy: 'Send them in several messages.',
  });
}
