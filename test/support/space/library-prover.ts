import { lookAt } from '../../../agent/kinds/space/registry/look.js';
import { matchPlots } from '../../../agent/kinds/space/registry/match-plots.js';
import { openProver } from '../../../agent/kinds/space/registry/plot-prover.js';
import type { PlotProver } from '../../../agent/kinds/space/registry/plot-prover.js';
import { systemClock } from '../../../common/model/clock.js';

/** Proves with one small plot on disk, by the same prover that miners have. */
export async function openLibraryProver(path: string): Promise<PlotProver & Disposable> {
  const seen = await lookAt(path, new Map());
  if (seen === undefined) throw new Error(`there is no plot ${path}`);
  const looks = [{ folder: '', status: 'well', device: seen.device, plots: [seen] }] as const;
  const registry = matchPlots([], { looks, strays: new Map() }, { newId: () => 'a', nowUtc: '' });
  const tools = { clock: systemClock, report: () => undefined };
  const prover = await openProver(registry, { threadsPerDisk: 1, readTimeoutMs: 10_000, deadlineMs: 10_000 }, tools);
  return Object.assign(prover, { [Symbol.dispose]: () => prover.close() });
}
