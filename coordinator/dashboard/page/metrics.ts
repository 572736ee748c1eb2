import { useEffect } from 'preact/hooks';
import { useDesk } from './desk.js';
import type { Desk } from './desk.js';
import { every, nowMs } from './edge/browser.js';
import type { HostJson, MetricJson } from './state/wire.js';

const HOSTS_MS = 3_000;
/** By it goes what all hosts use together; no host and no instance has it as its id. */
export const FLEET = '';
const MINERS = 'miner/';
const EVERY_SECONDS = 2;

/** Follows what instances use while the page is shown: those of a miner, or of all. */
export function useInstanceSamples(miner = ''): void {
  const desk = useDesk();
  useEffect(() => {
    const wish = { everySeconds: miner === '' ? 2 * EVERY_SECONDS : EVERY_SECONDS, ...(miner === '' ? {} : { miner }) };
    return desk.link.listen({
      ...{ topic: 'metrics', wish },
      take: ({ type, data }) => {
        // As the topic is documented.
        if (type === 'Metrics') takeMetrics(desk, miner, data as readonly MetricJson[]);
      },
    });
  }, [desk, miner]);
}

/** Follows what hosts use while the page is shown. */
export function useHostSamples(): void {
  const desk = useDesk();
  useEffect(() => {
    const over = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.hidden) return;
      const hosts = await allHosts(desk, over.signal).catch(() => []);
      takeHosts(desk, hosts);
    };
    void ask();
    const stop = every(HOSTS_MS, () => void ask());
    return () => {
      stop();
      over.abort();
    };
  }, [desk]);
}

async function allHosts({ http }: Desk, signal: AbortSignal): Promise<HostJson[]> {
  const hosts: HostJson[] = [];
  for (let token = ''; ;) {
    const path = `/v1/hosts?pageSize=1000${token === '' ? '' : `&pageToken=${encodeURIComponent(token)}`}`;
    const page = await http.get<{ hosts: readonly HostJson[]; nextPageToken: string }>(path, signal);
    hosts.push(...page.hosts);
    token = page.nextPageToken;
    if (token === '') return hosts;
  }
}

/** By it goes what all instances of a miner use together. */
export function sumOfMiner(name: string): string {
  return `${MINERS}${name}`;
}

function takeMetrics({ samples, sampleVersion }: Desk, miner: string, data: readonly MetricJson[]): void {
  const atMs = nowMs();
  for (const { instance, cpu_cores: cpus, memory_mb: memoryMib, network } of data) {
    const readings = { receivedBytes: network.received_bytes, sentBytes: network.sent_bytes };
    samples.add(instance, { atMs, cpus, memoryBytes: memoryMib * 2 ** 20, ...readings });
  }
  // Those whose reading is the same as before count as well.
  if (miner !== '')
    samples.addSum(
      sumOfMiner(miner),
      atMs,
      data.map(({ instance }) => instance),
    );
  sampleVersion.value += 1;
}

function takeHosts({ samples, sampleVersion, fleet }: Desk, hosts: readonly HostJson[]): void {
  for (const { id, usage } of hosts) {
    if (usage === undefined) continue;
    samples.add(id, {
      ...{ atMs: Number(usage.atMs), cpus: usage.cpuMillis / 1000, memoryBytes: Number(usage.memoryBytes) },
      ...{ receivedBytes: Number(usage.networkRxBytes), sentBytes: Number(usage.networkTxBytes) },
    });
  }
  const there = [...fleet.hosts.values()].filter(({ state }) => state !== 'HOST_STATE_LOST');
  samples.addSum(
    FLEET,
    nowMs(),
    there.map(({ id }) => id),
  );
  // Ids of hosts and instances never meet: an instance's ends with its serial.
  samples.keepOnly((id) => id === FLEET || id.startsWith(MINERS) || fleet.hosts.has(id) || fleet.instances.has(id));
  sampleVersion.value += 1;
}
