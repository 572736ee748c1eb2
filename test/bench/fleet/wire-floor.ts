import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FleetBenchOptions } from './options.js';
import { Simulators } from './simulators.js';

const PROGRAM = join(import.meta.dirname, 'floor/main.ts');

/** Seconds in which the same bytes go over the same streams with nothing behind them: what no coordinator can beat. */
export async function measureWireFloor(options: FleetBenchOptions): Promise<number> {
  const { agents, instances } = options;
  await using simulators = new Simulators(options);
  const execArgv = ['--import', 'tsx', ...options.nodeOptions.split(' ').filter((option) => option !== '')];
  const floor = fork(PROGRAM, [JSON.stringify(options)], { execArgv });
  try {
    const ended = once(floor, 'exit').then(() => Promise.reject(new Error('the wire floor has ended')));
    // As floor/main.ts sends it.
    const [{ port }] = (await Promise.race([once(floor, 'message'), ended])) as [{ port: number }];
    ended.catch(() => undefined);
    simulators.connect(`127.0.0.1:${String(port)}`, undefined);
    await simulators.until('all are connected to the floor', ({ synced }) => synced === agents, 120_000);
    const beganAtMs = Date.now();
    floor.send('go');
    const endedAtMs = await simulators.until('all run on the floor', ({ running }) => running === instances, 120_000);
    return (endedAtMs - beganAtMs) / 1000;
  } finally {
    floor.kill('SIGKILL');
  }
}
