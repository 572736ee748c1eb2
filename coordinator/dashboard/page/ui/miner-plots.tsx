import { follow, useDesk } from '../desk.js';
import { bytes, cpus } from '../state/format.js';
import { alignedSums } from '../state/sums.js';
import type { InstanceJson } from '../state/wire.js';
import { Plot } from './plot.js';

/** What all instances of a miner use together. */
export function MinerPlots({ instances }: { readonly instances: readonly InstanceJson[] }) {
  const { samples, sampleVersion } = useDesk();
  follow(sampleVersion);
  const { times, cpuSums, memorySums, receivedSums, sentSums } = alignedSums(instances.map(({ id }) => samples.of(id)));
  if (
    instances.length === 0 ||
    (times.length === 0 && !instances.some(({ state }) => state === 'INSTANCE_STATE_RUNNING'))
  )
    return null;
  return (
    <div class="plots">
      <Plot
        title="CPU"
        times={times}
        lines={[{ name: 'all instances', colour: 1, values: cpuSums }]}
        format={(value) => `${cpus(value * 1000)} CPU`}
      />
      <Plot
        title="Memory"
        times={times}
        lines={[{ name: 'all instances', colour: 2, values: memorySums }]}
        isBytes
        format={bytes}
      />
      <Plot
        title="Network"
        times={times}
        lines={[
          { name: 'in', colour: 3, values: receivedSums },
          { name: 'out', colour: 4, values: sentSums },
        ]}
        isBytes
        format={(value) => `${bytes(value)}/s`}
      />
    </div>
  );
}
