import type { PlotsOrder } from '../../../../common/gen/headframe/v1/plot_pb.js';
import { PLOTS_CAPABILITY } from '../../../../common/model/host.js';
import { PlotDesk } from './plot-desk.js';
import type { PlotDeskParts } from './plot-desk.js';
import { serveOrder } from './serve-order.js';
import type { PlotProcessOptions } from './plot-word.js';

/** What an agent does with plots: nothing where its host has no folders of them. */
export class PlotCare {
  readonly #desk: PlotDesk | undefined;

  constructor({
    options,
    ...parts
  }: Omit<PlotDeskParts, 'options'> & { readonly options: PlotProcessOptions | undefined }) {
    this.#desk = options && new PlotDesk({ options, ...parts });
  }

  /** What the host can do by its configuration. */
  get capabilities(): readonly string[] {
    return this.#desk === undefined ? [] : [PLOTS_CAPABILITY];
  }

  /** What has to run until the signal. */
  loops(signal: AbortSignal): Promise<void>[] {
    return this.#desk === undefined ? [] : [this.#desk.run(signal)];
  }

  /** Has an order answered, and gives the bytes of the answer. Throws `HeadframeError` for what is refused. */
  serve(order: PlotsOrder): Promise<Uint8Array> {
    return serveOrder(order, this.#desk?.ask.bind(this.#desk));
  }
}
