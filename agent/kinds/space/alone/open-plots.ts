import type { Clock } from '../../../../common/model/clock.js';
import { parseScanStrategy } from '../../../../common/model/scan-strategy.js';
import { FULL_SCAN } from '../prove/scan-job.js';
import { openProver } from '../registry/plot-prover.js';
import type { PlotProver } from '../registry/plot-prover.js';
import { openRegistry } from '../registry/plot-registry.js';
import type { PlotRegistry } from '../registry/plot-registry.js';
import { describeProver, describeRegistry } from './describe-plots.js';
import type { LineLog } from './log-file.js';
import type { SpaceSettings } from './settings-schema.js';

/** The plots of this machine and what proves with them. */
export interface OpenPlots {
  readonly registry: PlotRegistry;
  readonly prover: PlotProver;
}

/** One thread reads while the other hashes. */
const THREADS_PER_DISK = 2;

/** Looks for the plots of settings and makes ready to prove with them. */
export async function openPlots(settings: SpaceSettings, clock: Clock, log: LineLog): Promise<OpenPlots> {
  const registry = await openRegistry(
    { folders: [settings.plotDirectory], listPath: settings.plotMetadataPath },
    {
      clock,
      report: (report) => {
        const { level, text } = describeRegistry(report);
        log(level, text);
      },
    },
  );
  const options = {
    threadsPerDisk: THREADS_PER_DISK,
    readTimeoutMs: settings.diskReadTimeoutSeconds * 1000,
    deadlineMs: settings.proofGenerationTimeoutSeconds * 1000,
    rules: { strategy: parseScanStrategy(settings.scanStrategy) ?? FULL_SCAN.strategy, maxLeaves: 0 },
  };
  const prover = await openProver(registry, options, {
    clock,
    report: (report) => {
      const { level, text } = describeProver(report);
      log(level, text);
    },
  });
  return { registry, prover };
}
