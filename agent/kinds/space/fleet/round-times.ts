import { deadlineLevel } from '../../../../common/model/scan-times.js';
import type { DeadlineLevel, HostScan } from '../../../../common/model/scan-times.js';
import type { HeadNews } from '../../../../common/model/space-head.js';

type Fact = Extract<HeadNews, { readonly kind: 'fact' }>;

/** Levels of disks, by host and disk. */
export type DiskLevels = ReadonlyMap<string, DeadlineLevel>;

const FACTS = { well: 'space_disk_well', warning: 'space_disk_slow', alarm: 'space_disk_late' } as const;

/** What the times of a round are worth telling: plots that gave no answer, and disks that come nearer the deadline, or less near. Pure. */
export function factsOf(
  epoch: bigint,
  scans: ReadonlyMap<string, HostScan>,
  before: DiskLevels,
): { readonly facts: readonly Fact[]; readonly levels: DiskLevels } {
  const facts: Fact[] = [];
  const sumOf = (key: 'answered' | 'plots'): number => [...scans.values()].reduce((sum, scan) => sum + scan[key], 0);
  const [answered, plots] = [sumOf('answered'), sumOf('plots')];
  if (answered < plots) {
    const text = `block ${String(epoch)}: ${String(answered)} of ${String(plots)} plots answered`;
    facts.push({ kind: 'fact', fact: 'space_plots_silent', text });
  }
  const levels = new Map(before);
  for (const [host, { disks, deadlineMs }] of scans) {
    for (const disk of disks) {
      const [name, level] = [`${host} ${disk.disk}`, deadlineLevel(disk, deadlineMs)];
      if (level === (before.get(name) ?? 'well')) continue;
      levels.set(name, level);
      const of = `${(disk.tookMs / 1000).toFixed(1)} of ${(deadlineMs / 1000).toFixed(1)} s for ${String(disk.plots)} plots`;
      facts.push({ kind: 'fact', fact: FACTS[level], text: `host ${host}: the disk of ${disk.disk} took ${of}` });
    }
  }
  return { facts, levels };
}
