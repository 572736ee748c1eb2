import type { ProverReport } from '../registry/plot-prover.js';
import type { RegistryReport } from '../registry/plot-registry.js';
import type { LogLine } from './describe-report.js';

const WORDS = {
  found: 'found the plot',
  back: 'is back: the plot',
  changed: 'is another one now: the plot',
  damaged: 'is damaged: the plot',
  lost: 'is gone: the plot',
} as const;

/** What is told of plots, for the log. */
export function describeRegistry(report: RegistryReport): LogLine {
  switch (report.kind) {
    case 'plot': {
      const { kind, plot } = report.change;
      const why = plot.problem === undefined ? '' : `: ${plot.problem.message} (${plot.problem.reason})`;
      return {
        level: kind === 'found' || kind === 'back' ? 'info' : 'warn',
        text: `${WORDS[kind]} ${plot.filePath}${why}`,
      };
    }
    case 'folder': {
      const { folder, status, problem } = report.folder;
      const why = problem === undefined ? '' : `: ${problem.message}`;
      return { level: status === 'well' ? 'info' : 'error', text: `the folder ${folder} is ${status}${why}` };
    }
    case 'list-damaged':
      return {
        level: 'warn',
        text: `the list of plots was damaged and stands in ${report.path} now: ${report.problem.message}`,
      };
    case 'list-not-written':
      return { level: 'error', text: `the list of plots cannot be written: ${report.problem.message}` };
  }
}

/** What is told of proving, for the log. */
export function describeProver(report: ProverReport): LogLine {
  switch (report.kind) {
    case 'proved': {
      const { epoch, answered, plots, tookMs } = report;
      const text = `block ${String(epoch)}: ${String(answered)} of ${String(plots)} plots answered in ${seconds(tookMs)}`;
      return { level: answered === plots ? 'info' : 'warn', text };
    }
    case 'deadline': {
      const { disk, level, deadlineMs } = report;
      const ends = { whole: '', deadline: ' and was cut short', stalled: ' and does not answer' }[disk.end];
      const text = `the disk of ${disk.disk} took ${seconds(disk.tookMs)} of ${seconds(deadlineMs)}${ends}`;
      return { level: level === 'alarm' ? 'error' : level === 'warning' ? 'warn' : 'info', text };
    }
    case 'plot-failed':
      return { level: 'warn', text: `${report.path}: ${report.message} (${report.reason})` };
    case 'cache-unused':
      return { level: 'warn', text: `the cache ${report.path} was of no use: ${report.message}` };
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
