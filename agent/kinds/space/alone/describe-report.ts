import type { MineNote } from '../mine/mine-state.js';
import type { MinerReport } from '../mine/space-miner.js';
import type { LineLevel } from './log-file.js';

/** A line of the log. */
export interface LogLine {
  readonly level: LineLevel;
  readonly text: string;
}

/** What a miner reports, for its log. */
export function describeReport(report: MinerReport): LogLine {
  switch (report.kind) {
    case 'note':
      return describeNote(report.note);
    case 'connected':
      return { level: 'info', text: `connected to ${report.node}` };
    case 'disconnected':
      return { level: 'warn', text: `${report.node}: ${report.why.message} (${report.why.reason})` };
    case 'not-sent':
      return {
        level: 'warn',
        text: `the ${report.what} was not taken; it goes to the next node unless a newer block comes`,
      };
    case 'failed':
      return { level: 'error', text: `${report.what} failed: ${report.why.message} (${report.why.reason})` };
  }
}

function describeNote(note: MineNote): LogLine {
  switch (note.note) {
    case 'stale':
      return { level: 'info', text: `block ${String(note.height)} is not newer and is passed over` };
    case 'jump':
      return { level: 'warn', text: `block ${String(note.height)} is too far ahead to be believed` };
    case 'out-of-range':
      return { level: 'warn', text: `block ${String(note.height)} is higher than blocks can be` };
    case 'nothing-found':
      return { level: 'warn', text: `no plot gave a proof for block ${String(note.epoch)}` };
    case 'proof-invalid':
      return { level: 'error', text: `the proof for block ${String(note.epoch)} would be refused: ${note.fault}` };
    case 'own-block-invalid':
      return { level: 'error', text: `block ${String(note.epoch)} was won and would be refused: ${note.fault}` };
    case 'above-target':
      return {
        level: 'info',
        text: `the proof for block ${String(note.epoch)} does not win at difficulty ${String(note.difficulty)}`,
      };
    case 'won':
      return { level: 'info', text: `won block ${String(note.height)}, ${note.hash.toString('hex')}` };
    case 'own-accepted':
      return { level: 'info', text: `the node accepted block ${String(note.height)}, which was won here` };
  }
}
