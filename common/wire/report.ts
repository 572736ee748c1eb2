import { create } from '@bufbuild/protobuf';
import { InstanceReportSchema, InstanceReportsSchema, ProgressSchema } from '../gen/headframe/v1/agent_service_pb.js';
import type {
  InstanceReport as WireReport,
  InstanceReports,
  Progress as WireProgress,
} from '../gen/headframe/v1/agent_service_pb.js';
import type { Health, InstanceState } from '../model/instance.js';
import { HEALTH, INSTANCE_STATE } from './enums.js';
import { clampedNumber, numberFromWire, numberToWire } from './numbers.js';
import { LONGEST_WORD, boundedText, reasonCode } from './texts.js';

/** How far a pull or a build is; bytes are 0 while unknown. */
export interface Progress {
  /** 'pull' or 'build'. */
  readonly activity: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly text: string;
}

/** What an agent says of an instance; times are unix milliseconds. */
export interface InstanceReport {
  readonly serial: number;
  readonly state: InstanceState;
  readonly health: Health;
  readonly reason: string;
  readonly text: string;
  readonly restarts: number;
  readonly exitCode: number | undefined;
  readonly containerId: string;
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly progress: Progress | undefined;
}

/** Puts a batch of reports on the wire. */
export function instanceReportsToWire(sequence: number, reports: readonly InstanceReport[]): InstanceReports {
  return create(InstanceReportsSchema, {
    sequence: numberToWire(sequence, 'sequence'),
    reports: reports.map(reportToWire),
  });
}

/**
 * Reads a report. A serial, state or health that is not known is refused (HeadframeError, invalid_argument), for it would
 * change the wrong thing; texts are cut, an ill-formed reason becomes `unknown`, times that cannot be become 0.
 */
export function instanceReportFromWire(message: WireReport): InstanceReport {
  return {
    serial: numberFromWire(message.serial, 'report.serial'),
    state: INSTANCE_STATE.fromWire(message.state, 'report.state'),
    health: HEALTH.fromWire(message.health, 'report.health'),
    reason: reasonCode(message.reason),
    text: boundedText(message.text),
    restarts: message.restarts,
    exitCode: message.exitCode,
    containerId: boundedText(message.containerId, LONGEST_WORD),
    startedAtMs: clampedNumber(message.startedAtMs),
    atMs: clampedNumber(message.atMs),
    progress: message.progress && progressFromWire(message.progress),
  };
}

/** Puts progress on the wire. */
export function progressToWire(progress: Progress): WireProgress {
  return create(ProgressSchema, {
    activity: progress.activity,
    doneBytes: numberToWire(progress.doneBytes, 'progress.doneBytes'),
    totalBytes: numberToWire(progress.totalBytes, 'progress.totalBytes'),
    text: progress.text,
  });
}

/** Reads progress; nothing is refused: texts are cut, amounts brought into range. */
export function progressFromWire(message: WireProgress): Progress {
  return {
    activity: boundedText(message.activity, LONGEST_WORD),
    doneBytes: clampedNumber(message.doneBytes),
    totalBytes: clampedNumber(message.totalBytes),
    text: boundedText(message.text),
  };
}

function reportToWire(report: InstanceReport): WireReport {
  const { reason, text, restarts, exitCode, containerId } = report;
  return create(InstanceReportSchema, {
    serial: numberToWire(report.serial, 'report.serial'),
    state: INSTANCE_STATE.toWire(report.state),
    health: HEALTH.toWire(report.health),
    reason,
    text,
    restarts,
    ...(exitCode === undefined ? {} : { exitCode }),
    containerId,
    startedAtMs: numberToWire(report.startedAtMs, 'report.startedAtMs'),
    atMs: numberToWire(report.atMs, 'report.atMs'),
    ...(report.progress === undefined ? {} : { progress: progressToWire(report.progress) }),
  });
}
