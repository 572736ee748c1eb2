import type { RegistryReport } from '../registry/plot-registry.js';
import type { PlotNote } from './plot-word.js';

const CHANGES = {
  found: 'plot_found',
  back: 'plot_back',
  changed: 'plot_changed',
  damaged: 'plot_damaged',
  lost: 'plot_missing',
} as const;

const FOLDERS = {
  well: 'plot_folder_back',
  missing: 'plot_folder_missing',
  unreadable: 'plot_folder_unreadable',
} as const;

/** What of a registry's news is worth an event of the fleet. */
export function noteOf(news: RegistryReport): PlotNote {
  switch (news.kind) {
    case 'plot': {
      const { kind, plot } = news.change;
      return {
        reason: CHANGES[kind],
        text: plot.problem === undefined ? plot.filePath : `${plot.filePath}: ${plot.problem.message}`,
      };
    }
    case 'folder':
      return { reason: FOLDERS[news.folder.status], text: news.folder.problem?.message ?? news.folder.folder };
    case 'list-damaged':
      return { reason: 'plot_list_damaged', text: `${news.problem.message}; it is ${news.path} now` };
    case 'list-not-written':
      return { reason: 'plot_write_failed', text: `the list of plots: ${news.problem.message}` };
  }
}
