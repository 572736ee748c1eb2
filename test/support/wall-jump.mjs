// Loaded before a program (`node --import`): its wall clock goes by an offset in milliseconds that a test writes to a
// file, as when somebody sets the clock of the machine. The other clocks stay.
import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';

const file = process.env.HEADFRAME_TEST_WALL_OFFSET_FILE ?? '';
const LOOK_MS = 50;
const trueNow = Date.now;
let offsetMs = 0;

setInterval(() => {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    offsetMs = 0; // not written yet
  }
}, LOOK_MS).unref();

Date.now = () => trueNow() + offsetMs;
