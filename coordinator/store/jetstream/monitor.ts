import { z } from 'zod';
import type { MonitorFacts } from './server-checks.js';

const ANSWER_MS = 3_000;
const TRIES = 3;
const NANOSECONDS_PER_MS = 1e6;

/** What of a server's own words is read: https://docs.nats.io/running-a-nats-service/nats_admin/monitoring */
const varzSchema = z.object({
  server_name: z.string(),
  version: z.string(),
  jetstream: z.object({
    config: z
      .object({
        sync_always: z.boolean().default(false),
        sync_interval: z.number().default(0),
        max_storage: z.number().default(-1),
      })
      .optional(),
    stats: z.object({ storage: z.number().default(0), reserved_storage: z.number().default(0) }).optional(),
  }),
});

/**
 * Asks each server what it tells of itself; those that do not answer in time, or nothing that can be read, are left out. Where
 * that is half of them or more they are asked again, some times: a machine that is busy with a failover must not end it.
 */
export async function askMonitors(urls: readonly string[]): Promise<MonitorFacts[]> {
  const told = new Map<string, MonitorFacts>();
  for (let tries = 0; tries < TRIES && told.size * 2 <= urls.length; tries += 1) {
    const missing = urls.filter((url) => !told.has(url));
    await Promise.allSettled(missing.map(async (url) => told.set(url, await askMonitor(url))));
  }
  return urls.flatMap((url) => told.get(url) ?? []);
}

async function askMonitor(url: string): Promise<MonitorFacts> {
  const answer = await fetch(`${url}/varz`, { signal: AbortSignal.timeout(ANSWER_MS) });
  return monitorFacts(await answer.json());
}

/** Reads an answer of /varz; throws when it is none. */
export function monitorFacts(answer: unknown): MonitorFacts {
  const { server_name: name, version, jetstream } = varzSchema.parse(answer);
  const { config, stats } = jetstream;
  const most = config?.max_storage ?? -1;
  const used = Math.max(stats?.storage ?? 0, stats?.reserved_storage ?? 0);
  const freeBytes = most < 0 ? undefined : most - used;
  const syncMs = (config?.sync_interval ?? 0) / NANOSECONDS_PER_MS;
  return { name, version, syncAlways: config?.sync_always ?? false, syncMs, freeBytes };
}
