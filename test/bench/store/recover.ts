import { systemClock } from '../../../common/model/clock.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { containerKind } from '../../../coordinator/kinds/container/index.js';
import { applyMiners, RolloutLoop } from '../../../coordinator/rollout/index.js';
import { Scheduler } from '../../../coordinator/scheduler/index.js';
import { sampleSpec } from '../../support/fleet-samples.js';
import { residentMb } from '../process-figures.js';
import { open, SMALL } from './fill.js';

/*
 * Starts over the store of the folder given as argument until a new miner is placed and its place is durable; prints the
 * seconds to there and to where the fleet is open, and the memory at the end, as JSON.
 */
const yieldTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1000;

const [startMs, cpu] = [performance.now(), process.cpuUsage()];
const { fleet, store } = await open(process.argv[2] ?? '');
const openedS = secondsSince(startMs);
const parts = { clock: systemClock, yieldTurn };
const kinds = new Map([[containerKind.kind, containerKind]]);
const scheduler = new Scheduler(fleet, { ...parts, random: Math.random });
const rollout = new RolloutLoop({ fleet, logger: silentLogger, kinds, ...parts });
const stop = new AbortController();
const loops = [scheduler.start(stop.signal), rollout.start(stop.signal)];
fleet.transact((tx) => applyMiners(tx, [sampleSpec({ name: 'probe', priority: 1000, resources: SMALL })], kinds));
while (fleet.countsOf('probe').assigned === 0) await yieldTurn();
await fleet.transact(() => undefined).durable;
const placedS = secondsSince(startMs);
const { user, system } = process.cpuUsage(cpu);
const rssMb = await residentMb(process.pid);
stop.abort();
await Promise.all(loops);
await store.close();
process.stdout.write(`${JSON.stringify({ openedS, placedS, cpuS: (user + system) / 1e6, rssMb })}\n`);
