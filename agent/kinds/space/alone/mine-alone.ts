import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../../../common/model/error.js';
import type { MinerKey } from '../format/miner-key.js';
import { SpaceMiner } from '../mine/space-miner.js';
import type { MinerReport, Prover } from '../mine/space-miner.js';
import { MOST_TRANSACTIONS, TransactionPool } from '../mine/transaction-pool.js';
import type { TlsTrust } from '../node/connect-node.js';
import { usualClient } from '../node/usual-client.js';
import type { PlotRegistry } from '../registry/plot-registry.js';
import { watchFolders } from '../registry/watch-folders.js';
import { serveControl } from './control-socket.js';
import { describeReport } from './describe-report.js';
import { Closing } from './closing.js';
import { openKeyFile } from './key-file.js';
import type { LineLog } from './log-file.js';
import { countPlots, LoopDelay, nameOfNode, roundOf, rowOf } from './miner-status.js';
import type { MinerStatus } from './miner-status.js';
import { nodesOf } from './settings.js';
import type { SpaceSettings } from './settings-schema.js';
import { openPlots } from './open-plots.js';
import { placesOf, takeKey, takePresence } from './presence.js';

/** What a stand-alone miner runs with. */
export interface AloneWorld {
  /** File of settings, absolute; lock and socket stand beside it. */
  readonly file: string;
  readonly clock: Clock;
  readonly version: string;
  readonly log: LineLog;
  /** Ends the miner. */
  readonly signal: AbortSignal;
}

const DIFFICULTY_WAIT_MS = 2000;

/**
 * Mines until the signal is aborted. Throws `HeadframeError`: 'locked' where another process mines by these settings or this key, what opening
 * key, plots and socket throws, and 'space_node_unreachable' where no node was ever heard.
 */
export async function mineAlone(settings: SpaceSettings, world: AloneWorld): Promise<void> {
  const { file, log, clock, signal } = world;
  const places = placesOf(file);
  await using closing = new Closing();
  const presence = await takePresence(places);
  closing.defer(() => presence.release());
  const { key, isNew } = await openKeyFile(settings.privateKeyPath, randomBytes);
  if (isNew)
    log('warn', `made the key ${settings.privateKeyPath}; keep a copy of it, for it is what the blocks belong to`);
  const keyLock = await takeKey(settings.privateKeyPath);
  closing.defer(() => keyLock.release());
  const { registry, prover } = await openPlots(settings, clock, log);
  closing.defer(() => prover.close());
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const watching = watchFolders(registry, clock, both).catch((error: unknown) =>
    log('error', `the folders are no longer watched: ${toHeadframeError(error).message}`),
  );
  closing.defer(async () => {
    stop.abort();
    await watching;
  });
  const miner = new RunningMiner(settings, await trustOf(settings), { ...world, key, registry, prover });
  closing.defer(() => miner[Symbol.dispose]());
  closing.defer(
    await serveControl(places.socket, {
      status: () => miner.status,
      stop: () => stop.abort(),
      plots: () => registry.plots.map(rowOf),
      look: () => registry.look(),
      remove: async (plotId) => {
        const plot = await registry.remove(plotId);
        return plot && rowOf(plot);
      },
    }),
  );
  log('info', `mines for ${key.minerId.toString('hex')} with ${String(countPlots(registry.plots).valid)} plots`);
  if (!registry.plots.some(({ status }) => status === 'Valid')) log('warn', 'there is no plot to mine with yet');
  await miner.run(both);
  log('info', 'stopped');
}

interface MinerParts extends AloneWorld {
  readonly key: MinerKey;
  readonly registry: PlotRegistry;
  readonly prover: Prover;
}

/** A miner with what is to be told of it. */
class RunningMiner implements Disposable {
  readonly #settings: SpaceSettings;
  readonly #parts: MinerParts;
  readonly #miner: SpaceMiner;
  readonly #delay: LoopDelay | undefined;
  readonly #startedMs: number;
  #peer: string | undefined;
  #lastProblem: MinerStatus['lastProblem'] = null;

  constructor(settings: SpaceSettings, tls: TlsTrust | undefined, parts: MinerParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonicMs();
    this.#delay = settings.enablePerformanceMonitoring ? new LoopDelay() : undefined;
    const { clock, prover, key } = parts;
    const pool = settings.collectTransactions ? new TransactionPool(MOST_TRANSACTIONS) : undefined;
    const difficulty = BigInt(settings.defaultDifficulty);
    this.#miner = new SpaceMiner(
      { minerKey: key, difficulty, announce: settings.blockMessage, difficultyWaitMs: DIFFICULTY_WAIT_MS },
      { client: clientOf(settings, tls, parts), prover, clock, pool, report: (report) => this.#take(report) },
    );
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#miner.run(signal);
  }

  get status(): MinerStatus {
    const { key, version, registry, clock } = this.#parts;
    return {
      ...{ pid: process.pid, version, upForMs: Math.round(clock.monotonicMs() - this.#startedMs) },
      ...{ minerId: key.minerId.toString('hex'), network: this.#settings.networkId },
      nodes: nodesOf(this.#settings).map(nameOfNode),
      peers: this.#peer === undefined ? [] : [this.#peer],
      ...roundOf(this.#miner),
      plots: countPlots(registry.plots),
      counters: this.#miner.counters,
      loopDelayMs: this.#delay?.delays ?? null,
      lastProblem: this.#lastProblem,
    };
  }

  [Symbol.dispose](): void {
    this.#delay?.[Symbol.dispose]();
  }

  #take(report: MinerReport): void {
    if (report.kind === 'connected') this.#peer = report.node;
    if (report.kind === 'disconnected') this.#peer = undefined;
    const { level, text } = describeReport(report);
    if (level !== 'info') this.#lastProblem = { at: new Date(this.#parts.clock.nowMs()).toISOString(), text };
    this.#parts.log(level, text);
  }
}

function clientOf(
  settings: SpaceSettings,
  tls: TlsTrust | undefined,
  { clock, key, version }: MinerParts,
): ReturnType<typeof usualClient> {
  const greeting = { nodeId: key.minerId.toString('hex'), userAgent: `Headframe/${version}` };
  const pingAfterMs = settings.pingAfterSeconds * 1000;
  return usualClient(
    {
      ...{ nodes: nodesOf(settings), tls, silenceMs: settings.nodeSilenceSeconds * 1000 },
      greeting: settings.sendHandshake ? greeting : undefined,
      pingAfterMs: pingAfterMs === 0 ? undefined : pingAfterMs,
      intervalMs: settings.connectionRetryIntervalSeconds * 1000,
      mostAtStart: settings.maxConnectionRetries,
    },
    clock,
  );
}

async function trustOf({ nodeTls, nodeTlsCaPath }: SpaceSettings): Promise<TlsTrust | undefined> {
  if (!nodeTls) return undefined;
  if (nodeTlsCaPath === undefined) return { authorities: undefined };
  try {
    return { authorities: await readFile(nodeTlsCaPath) };
  } catch (cause) {
    throw new HeadframeError({
      code: 'invalid_argument',
      reason: 'config_invalid',
      message: `nodeTlsCaPath: ${nodeTlsCaPath} cannot be read: ${String(cause)}`,
      remedy: 'Give a file of PEM certificates that this user may read.',
      cause,
    });
  }
}
