import { parseConstraintText } from '../../../common/model/constraint-text.js';
import type { Resources } from '../../../common/model/resources.js';

/** The smallest of the sizes that suffices, by CPU, then memory, then disk; undefined where none does. Those that cannot be read are none. Pure. */
export function chooseConfiguration(asked: Resources, slugs: readonly string[]): string | undefined {
  const sizes = slugs.flatMap((slug) => {
    const { cpuMillis = 0, memoryBytes = 0, diskBytes = 0, gpus = 0 } = parseConstraintText(slug) ?? {};
    const suffices =
      cpuMillis >= asked.cpuMillis &&
      memoryBytes >= asked.memoryBytes &&
      diskBytes >= asked.diskBytes &&
      gpus >= asked.gpus;
    return cpuMillis > 0 && suffices ? [{ slug, cpuMillis, memoryBytes, diskBytes }] : [];
  });
  sizes.sort(
    (one, other) =>
      one.cpuMillis - other.cpuMillis || one.memoryBytes - other.memoryBytes || one.diskBytes - other.diskBytes,
  );
  return sizes[0]?.slug;
}
