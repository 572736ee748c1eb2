import type { PlotsOrder } from '../../../../common/gen/headframe/v1/plot_pb.js';
import { PLOTS_CAPABILITY } from '../../../../common/model/host.js';
import type { ReportedPlotFolder } from '../../../../common/model/plot-folder.js';
import { PlotDesk } from './plot-desk.js';
import type { PlotDeskParts } from './plot-desk.js';
import { serveOrder } from './serve-order.js';
import type { PlotProcessOptions } from './plot-word.js';

/** What an agent's care for plots works with. */
export interface PlotCareParts extends Omit<PlotDeskParts, 'options' | 'onFolders'> {
  /** Undefined where the host has no folders of plots. */
  readonly options: PlotProcessOptions | undefined;
  /** Tells the coordinator; false when it has to be told later. */
  readonly send: (folders: readonly ReportedPlotFolder[]) => boolean;
}

const AGAIN_MS = 5000;

/** What an agent does with plots: nothing where its host has no folders of them. */
export class PlotCare {
  readonly #desk: PlotDesk | undefined;
  readonly #parts: PlotCareParts;
  /** What the coordinator is to know; undefined until something was heard of the folders. */
  #folders: readonly ReportedPlotFolder[] | undefined;
  #cancel: () => void = () => undefined;

  constructor(parts: PlotCareParts) {
    const { options, teller, clock, logger } = parts;
    this.#parts = parts;
    const onFolders = (folders: readonly ReportedPlotFolder[]): void => {
      this.#folders = folders;
      this.tell();
    };
    this.#desk = options && new PlotDesk({ options, onFolders, teller, clock, logger });
    // One that has no folders any more says so.
    if (options === undefined) this.#folders = [];
  }

  /** Tells the coordinator of the folders; to be called when a session begins, too. What there is no room for is told a little later. */
  tell(): void {
    this.#cancel();
    if (this.#folders === undefined || this.#parts.send(this.#folders)) return;
    this.#cancel = this.#parts.clock.setTimer(() => this.tell(), AGAIN_MS);
  }

  /** Lets go of what waits. */
  close(): void {
    this.#cancel();
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
