import type { PlotService } from '../../../common/gen/headframe/v1/plot_service_pb.js';
import type { Bindings } from './binding.js';

const host = '/v1/hosts/:host';

/** Plots on the disks of hosts. */
export const PLOTS: Bindings<typeof PlotService> = {
  listPlots: { verb: 'GET', path: '/v1/plots', summary: 'Lists plots, folders of plots and jobs, host by host' },
  createPlot: {
    ...{ verb: 'POST', path: `${host}/plots`, summary: 'Has a host make plots; goes on after the answer' },
    also: { id: 'createPlots', path: '/v1/plots', summary: 'Has plots made where they go best, or on one host' },
  },
  checkPlot: {
    ...{ verb: 'POST', path: `${host}/plots/:id/check` },
    summary: 'Has a host read all of a plot; goes on after the answer',
  },
  retryPlotJob: {
    ...{ verb: 'POST', path: `${host}/plot-jobs/:id/retry` },
    summary: 'Has a job that failed done again, from where it was',
  },
  deletePlot: { verb: 'DELETE', path: `${host}/plots/:id`, summary: 'Takes a plot off the list, or ends a job' },
};
