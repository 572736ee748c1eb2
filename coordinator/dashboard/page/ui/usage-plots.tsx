import { follow, useDesk } from '../desk.js';
import { bytes, cpuText } from '../state/format.js';
import { Plot } from './plot.js';

/** Whose use is shown, and what it has at most. */
interface UsagePlotsProps {
  readonly id: string;
  readonly cpuMillis: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** What one host or instance uses: CPU, memory, network. */
export function UsagePlots({ id, cpuMillis, memoryBytes }: UsagePlotsProps) {
  const { samples, sampleVersion } = useDesk();
  follow(sampleVersion);
  const own = samples.of(id);
  const times = own.map(({ atMs }) => atMs);
  return (
    <div class="plots">
      <Plot
        title="CPU"
        times={times}
        lines={[{ name: 'used', colour: 1, values: own.map((sample) => sample.cpus) }]}
        format={cpuText}
        {...(cpuMillis === undefined ? {} : { most: cpuMillis / 1000 })}
      />
      <Plot
        title="Memory"
        times={times}
        lines={[{ name: 'used', colour: 2, values: own.map((sample) => sample.memoryBytes) }]}
        isBytes
        format={bytes}
        {...(memoryBytes === undefined ? {} : { most: memoryBytes })}
      />
      <Plot
        title="Network"
        times={times}
        lines={[
          { name: 'in', colour: 3, values: own.map((sample) => sample.receivedPerS) },
          { name: 'out', colour: 4, values: own.map((sample) => sample.sentPerS) },
        ]}
        isBytes
        format={(value) => `${bytes(value)}/s`}
      />
    </div>
  );
}
