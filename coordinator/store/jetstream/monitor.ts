import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { NatsTlsFiles } from '../../../common/observe/nats-tls.js';
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

/** A server that could not write switches JetStream off, and goes on telling in the other place what it was set to. */
const jszSchema = z.object({ disabled: z.boolean().default(false) });

/** What servers tell of themselves, by the addresses at which they were asked. */
export type ToldByUrl = ReadonlyMap<string, MonitorFacts>;

/**
 * Asks each server what it tells of itself, over https by the same files as NATS itself; those that do not answer in time, that
 * another authority vouches for, or that answer nothing that can be read, are left out. Where that is half of them or more they
 * are asked again, some times: a machine that is busy with a failover must not end it.
 */
export async function askMonitors(urls: readonly string[], files: NatsTlsFiles = {}): Promise<MonitorFacts[]> {
  const told = new Map<string, MonitorFacts>();
  for (let tries = 0; tries < TRIES && told.size * 2 <= urls.length; tries += 1) {
    const missing = urls.filter((url) => !told.has(url));
    for (const [url, facts] of await askEach(missing, files)) told.set(url, facts);
  }
  return urls.flatMap((url) => told.get(url) ?? []);
}

/** The same, asked once. */
export async function askEach(urls: readonly string[], files: NatsTlsFiles = {}): Promise<ToldByUrl> {
  const told = new Map<string, MonitorFacts>();
  await Promise.allSettled(urls.map(async (url) => told.set(url, await askMonitor(url, files))));
  return told;
}

async function askMonitor(url: string, files: NatsTlsFiles): Promise<MonitorFacts> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  const facts = monitorFacts(await ask(`${url}/varz`, files, signal));
  const { disabled } = jszSchema.parse(await ask(`${url}/jsz`, files, signal));
  return { ...facts, isOff: facts.isOff || disabled };
}

async function ask(url: string, files: NatsTlsFiles, signal: AbortSignal): Promise<unknown> {
  return url.startsWith('https:') ? askSecurely(url, files, signal) : (await fetch(url, { signal })).json();
}

async function askSecurely(url: string, files: NatsTlsFiles, signal: AbortSignal): Promise<unknown> {
  const read = async (file: string | undefined) => (file === undefined ? undefined : readFile(file));
  const [ca, cert, key] = await Promise.all([files.caFile, files.certificateFile, files.keyFile].map(read));
  const identity = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...identity, signal, agent: false }, (answer) => {
      json(answer).then(resolve, reject);
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** Reads an answer of /varz; throws when it is none. */
export function monitorFacts(answer: unknown): MonitorFacts {
  const { server_name: name, version, jetstream } = varzSchema.parse(answer);
  const { config, stats } = jetstream;
  const most = config?.max_storage ?? -1;
  const used = Math.max(stats?.storage ?? 0, stats?.reserved_storage ?? 0);
  const room = most < 0 ? {} : { maxBytes: most, freeBytes: most - used };
  const syncMs = (config?.sync_interval ?? 0) / NANOSECONDS_PER_MS;
  const isOff = config === undefined;
  return { name, version, syncAlways: config?.sync_always ?? false, syncMs, isOff, ...room };
}
