import { formatBytes } from '../format/size-text.js';
import type { MinerStatus, PlotCounts, PlotRow } from './miner-status.js';
import type { SpaceSettings } from './settings-schema.js';

/** What is known of a miner from outside. */
export type Standing =
  | { readonly kind: 'running'; readonly status: MinerStatus }
  /** Its process is there and does not answer. */
  | { readonly kind: 'silent'; readonly pid: number; readonly why: string }
  | { readonly kind: 'not-running' };

/** Settings, plots and miner, as `status` shows them. */
export function statusLines(
  file: string,
  settings: SpaceSettings,
  plots: PlotCounts,
  standing: Standing,
): readonly string[] {
  const { valid, corrupted, missing, bytes } = plots;
  return [
    `Settings:       ${file}`,
    `Network:        ${settings.networkId}`,
    `Nodes:          ${settings.nodeAddress}, port ${String(settings.nodePort)}${settings.nodeTls ? ', TLS' : ''}`,
    `Key:            ${settings.privateKeyPath}`,
    `Plot folder:    ${settings.plotDirectory}`,
    `Plots:          ${String(valid)} valid (${formatBytes(bytes)}), ${String(corrupted)} corrupted, ${String(missing)} missing`,
    ...standingLines(standing),
  ];
}

function standingLines(standing: Standing): readonly string[] {
  switch (standing.kind) {
    case 'not-running':
      return ['Miner:          Not Running'];
    case 'silent':
      return [`Miner:          process ${String(standing.pid)} is there and does not answer: ${standing.why}`];
    case 'running':
      return runningLines(standing.status);
  }
}

function runningLines(status: MinerStatus): readonly string[] {
  const { counters, loopDelayMs, lastProblem } = status;
  const delay = loopDelayMs && [
    `Loop delay:     p99 ${String(loopDelayMs.p99)} ms, most ${String(loopDelayMs.max)} ms`,
  ];
  return [
    `Miner:          Running (process ${String(status.pid)}, for ${String(Math.round(status.upForMs / 1000))} s)`,
    `Miner id:       ${status.minerId}`,
    `Peers:          ${String(status.peers.length)}${status.peers.map((peer) => ` ${peer}`).join('')}`,
    `Height:         ${status.height ?? 'not known yet'}, ${status.round}`,
    `Challenges:     TotalChallengesReceived ${String(counters.totalChallengesReceived)}`,
    `Proofs:         TotalProofsGenerated ${String(counters.totalProofsGenerated)}, TotalProofsSubmitted ${String(counters.totalProofsSubmitted)}`,
    `Blocks:         TotalBlocksWon ${String(counters.totalBlocksWon)}, accepted ${String(counters.totalBlocksAccepted)}`,
    ...(delay ?? []),
    ...(lastProblem === null ? [] : [`Last problem:   ${lastProblem.at} ${lastProblem.text}`]),
  ];
}

/** Plots, as `list-plots` shows them. */
export function plotLines(plots: readonly PlotRow[], isVerbose: boolean): readonly string[] {
  const counts = ['Valid', 'Corrupted', 'Missing'].map(
    (status) => `${String(plots.filter((plot) => plot.status === status).length)} ${status.toLowerCase()}`,
  );
  return [
    `Plots: ${String(plots.length)} (${counts.join(', ')})`,
    ...plots.flatMap((plot) => rowLines(plot, isVerbose)),
  ];
}

function rowLines(plot: PlotRow, isVerbose: boolean): readonly string[] {
  const more = [
    `  Root:    ${plot.merkleRoot}`,
    `  Cache:   ${plot.cacheFilePath === '' ? 'none' : plot.cacheFilePath}`,
  ];
  return [
    '',
    plot.plotId,
    `  Status:  ${plot.status}${plot.problem === '' ? '' : `: ${plot.problem}`}`,
    `  File:    ${plot.filePath}`,
    `  Size:    ${formatBytes(plot.spaceAllocatedBytes)}`,
    `  Created: ${plot.createdAtUtc}`,
    ...(isVerbose ? more : []),
  ];
}
