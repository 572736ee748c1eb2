// Imported by a coordinator under measurement before anything else: writes down the longest that its event loop has stood
// still, in milliseconds, for each quarter of a second that had a stall worth telling.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setInterval } from 'node:timers';

const file = process.env.HEADFRAME_BENCH_STALLS ?? '';
const WORTH_MS = 50;
const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();
setInterval(() => {
  const longestMs = delays.max / 1e6;
  delays.reset();
  if (longestMs > WORTH_MS) appendFileSync(file, `${longestMs.toFixed(0)}\n`);
}, 250).unref();
