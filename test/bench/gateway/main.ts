import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { FakeAgent } from '../../support/fake-agent.js';
import { freePort } from '../../support/free-port.js';
import { modelHost, wireModel } from '../../support/model-manifest.js';
import { TestFleet } from '../../support/programs.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';
import { median, percentile, printResult, say } from '../report.js';
import { manyAtOnce, oneByOne } from './asking.js';
import type { Place } from './asking.js';
import { FAN_OUT, fanOut, noteOf } from './fan-out.js';
import { serve } from './served.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    questions: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const [rounds, questions] = [Number(values.rounds), Number(values.questions)];
const AT_ONCE = 32;
const BURST_MS = 1_500;
const HOST = 'bench-host';

/** Each place by what was found there, round by round, so that all have the machine's same moods. */
async function compare(places: readonly Place[]) {
  const latencies = new Map(places.map(({ name }) => [name, [] as number[]]));
  const rates = new Map(places.map(({ name }) => [name, [] as number[]]));
  for (const place of places) await oneByOne(place, 200);
  for (let round = 0; round < rounds; round += 1) {
    for (const place of places) latencies.get(place.name)?.push(...(await oneByOne(place, questions)));
    for (const place of places) rates.get(place.name)?.push(await manyAtOnce(place, AT_ONCE, BURST_MS));
    const said = places.map(({ name }) => `${name} ${median(rates.get(name) ?? []).toFixed(0)}/s`).join(', ');
    say(`round ${String(round + 1)}: ${said} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
  }
  const at = (name: Place['name'], share: number): number => percentile(latencies.get(name) ?? [], share);
  return { at, rate: (name: Place['name']): number => median(rates.get(name) ?? []) };
}

await using dir = await makeTempDir();
const http = `127.0.0.1:${String(await freePort())}`;
const limits = ['--limits-calls-per-second', '1000000', '--limits-calls-at-once', '100000'];
const fleet = new TestFleet(dir.path, {
  insecure: true,
  coordinator: ['--http-listen', http, '--log-level', 'warn', ...limits],
});
const model = await serve('quick-model.ts');
const proxy = await serve('bare-proxy.ts', String(model.port));
await fleet.startCoordinator();
const agent = await FakeAgent.connect(fleet.address, HOST, { hello: modelHost(HOST, model.port) });
try {
  await fleet.fleet.applyMiners({ miners: [wireModel('quick')] });
  const places: readonly Place[] = [
    { name: 'direct', origin: `http://127.0.0.1:${String(model.port)}`, path: '/api/chat' },
    { name: 'proxy', origin: `http://127.0.0.1:${String(proxy.port)}`, path: '/' },
    { name: 'router', origin: `http://${http}`, path: '/models/quick/chat' },
  ];
  await waitFor('the model', async () => (await fetch(`http://${http}/models/quick/health`)).status === 200);
  const { at, rate } = await compare(places);
  const heard = await fanOut(http, fleet.coordinator.pid, (event) =>
    fleet.hosts.labelHost({ host: HOST, set: { label: `m${String(event)}` } }),
  );
  printResult({
    bench: 'gateway',
    metrics: {
      added_p50_ms: at('router', 0.5) - at('direct', 0.5),
      added_p99_ms: at('router', 0.99) - at('direct', 0.99),
      proxy_added_p50_ms: at('proxy', 0.5) - at('direct', 0.5),
      proxy_added_p99_ms: at('proxy', 0.99) - at('direct', 0.99),
      rps_direct: rate('direct'),
      rps_proxy: rate('proxy'),
      rps_router: rate('router'),
      rps_over_bare_proxy: rate('router') / rate('proxy'),
      ws_1000_p50_ms: percentile(heard.heardMs, 0.5),
      ws_1000_p99_ms: percentile(heard.heardMs, 0.99),
      ws_1000_max_ms: heard.worst.lastMs,
      ws_1000_coordinator_cpu_ms: heard.cpuMs.coordinator,
      ws_1000_clients_cpu_ms: heard.cpuMs.clients,
    },
    notes: [
      `latency: ${String(questions * rounds)} questions one after another to each place, in ${String(rounds)} rounds by turns; rate: ${String(AT_ONCE)} at once, the median of ${String(rounds)} bursts`,
      'in clear; the model, the bare proxy, the coordinator and the client are a process each, on the same machine',
      `WebSockets: from the call that makes an event, fsynced in between, until each of ${String(FAN_OUT.listeners)} listeners in one process has it; ${String(FAN_OUT.events)} events after ${String(FAN_OUT.warmUp)} that do not count; CPU time is for an event, with the tenth of a second before the next`,
      noteOf(heard),
    ],
  });
} finally {
  await agent.close();
  model.stop();
  proxy.stop();
  await fleet.close().catch(() => undefined);
}
