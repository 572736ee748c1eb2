import { resolve } from 'node:path';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import { askControl } from './control-socket.js';
import { startDaemon } from './daemon.js';
import { logLine, LogFile } from './log-file.js';
import type { LineLog } from './log-file.js';
import { mineAlone } from './mine-alone.js';
import type { MinerStatus } from './miner-status.js';
import { countPlots } from './miner-status.js';
import { listPlots } from './plot-list.js';
import { isThere, placesOf, runningMiner } from './presence.js';
import type { Places } from './presence.js';
import { statusLines } from './print-status.js';
import type { Standing } from './print-status.js';
import { stopMiner } from './stop-miner.js';
import { listOf } from './world.js';
import type { SpaceCall, SpaceFlags, SpaceWorld } from './world.js';

const LOG_BYTES = 10_000_000;

/** `start`: mines until it is stopped, or has another process do so. */
export async function startCommand({ settings, file, world }: SpaceCall, flags: SpaceFlags): Promise<void> {
  const { clock, version, signal, print, complain } = world;
  const places = placesOf(file);
  const given = typeof flags['logFile'] === 'string' ? resolve(flags['logFile']) : undefined;
  if (flags['daemon'] === true) {
    const logFile = given ?? places.log;
    const holder = await runningMiner(places);
    if (holder !== undefined) throw alreadyRunning(holder.pid, file);
    const pid = await startDaemon({ file, logFile, places }, clock, signal);
    print(`mining as process ${String(pid)}; its log is ${logFile}`);
    return;
  }
  using logFile = given === undefined ? undefined : new LogFile(given, LOG_BYTES);
  const log: LineLog = (level, text) => {
    const line = logLine(clock.nowMs(), level, text);
    if (logFile === undefined) print(line);
    else logFile.write(line);
  };
  try {
    await mineAlone(settings, { file, clock, version, log, signal });
  } catch (error) {
    const { message, remedy } = toHeadframeError(error);
    if (logFile !== undefined) log('error', remedy === undefined ? message : `${message}. ${remedy}`);
    else complain('the miner ended');
    throw error;
  }
}

/** `stop`: also done where no miner runs. */
export async function stopCommand(file: string, flags: SpaceFlags, world: SpaceWorld): Promise<void> {
  const { clock, signal, print } = world;
  const text = typeof flags['timeout'] === 'string' ? flags['timeout'] : '';
  const timeoutMs = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
  if (timeoutMs === undefined) {
    const message = `--timeout is ${JSON.stringify(text)}, and should be a number of seconds`;
    throw new HeadframeError({ code: 'invalid_argument', reason: 'usage', message });
  }
  const pid = await stopMiner(placesOf(file), { clock, timeoutMs, signal });
  print(pid === undefined ? `no miner runs by ${file}` : `stopped process ${String(pid)}`);
}

/** `status`: what the process says of itself, where there is one. */
export async function statusCommand(call: SpaceCall, flags: SpaceFlags): Promise<void> {
  const { settings, file, world } = call;
  const standing = await standingOf(placesOf(file));
  const plots = standing.kind === 'running' ? standing.status.plots : await countedPlots(call, standing);
  if (flags['json'] === true) world.print(JSON.stringify({ settings: file, plots, miner: standing }));
  else for (const line of statusLines(file, settings, plots, standing)) world.print(line);
}

/** A process that does not answer keeps the list, and nobody else reads it meanwhile. */
async function countedPlots(call: SpaceCall, { kind }: Standing): Promise<ReturnType<typeof countPlots>> {
  return countPlots(kind === 'silent' ? [] : await listPlots(listOf(call)));
}

async function standingOf(places: Places): Promise<Standing> {
  const holder = await runningMiner(places);
  if (holder === undefined) return { kind: 'not-running' };
  try {
    // A miner of the same installation says it.
    return { kind: 'running', status: (await askControl(places.socket, { kind: 'status' })) as MinerStatus };
  } catch (error) {
    // It may have ended meanwhile.
    if (!isThere(holder)) return { kind: 'not-running' };
    return { kind: 'silent', pid: holder.pid, why: toHeadframeError(error).message };
  }
}

function alreadyRunning(pid: number, file: string): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'locked',
    message: `process ${String(pid)} mines by ${file} already`,
    remedy: 'Stop it with headframe space stop, or give --config with another file, key and plot folder.',
    metadata: { pid: String(pid) },
  });
}
