import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMIN_FOLDER, loadCoordinatorConfig } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import { silentLogger } from '../../common/observe/logger.js';
import type { InstanceReport } from '../../common/wire/agent.js';
import { runCli } from '../../coordinator/cli/program.js';
import { openCoordinator } from '../../coordinator/coordinator.js';
import type { Coordinator } from '../../coordinator/coordinator.js';
import { captureWorld } from './captured-world.js';
import type { CapturedWorld, WorldOptions } from './captured-world.js';
import { FakeAgent } from './fake-agent.js';
import type { FakeAgentOptions } from './fake-agent.js';
import { HostCertificates } from './host-certificates.js';
import { MemoryStore } from './memory-store.js';
import { sampleReport } from './sample-report.js';
import { makeTempDir } from './temp-dir.js';
import { waitFor } from './wait-for.js';

/** How a command ended and what it printed. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An error as programs read it. */
export interface ErrorObject {
  readonly code: string;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
  readonly violations: readonly { readonly document: string; readonly path: string }[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a command printed with `-o json`. */
export function jsonOf({ stdout }: CliRun): Record<string, unknown> {
  // What it holds is what the test is about.
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The error that a command ended with under `-o json`. */
export function errorOf({ stderr }: CliRun): ErrorObject {
  // The shape that docs/cli.md promises.
  return (JSON.parse(stderr) as { error: ErrorObject }).error;
}

/** Rows of the first table that a command printed, by title; columns are two blanks apart. */
export function tableOf({ stdout }: CliRun): Record<string, string>[] {
  const [head = '', ...lines] = stdout.split('\n');
  const titles = head.split(/ {2,}/);
  if (titles[0] !== titles[0]?.toUpperCase()) return [];
  const rows = lines.slice(0, lines.indexOf('')).map((line) => line.split(/ {2,}/));
  return rows
    .filter((cells) => cells.length === titles.length)
    .map((cells) => Object.fromEntries(cells.map((cell, index) => [titles[index] ?? '', cell])));
}

/** A coordinator without hosts, and the command that talks to it. */
export interface CliFixture {
  readonly coordinator: Coordinator;
  /** A folder for files of the test. */
  readonly folder: string;
  /** Connects a fake agent that is closed with the fixture. */
  addHost(id: string, options?: FakeAgentOptions): Promise<FakeAgent>;
  /** Runs the command to its end against the coordinator. */
  run(argv: readonly string[], options?: WorldOptions): Promise<CliRun>;
  /** Starts the command, for tests that look at it or interrupt it meanwhile. */
  start(
    argv: readonly string[],
    options?: WorldOptions,
  ): { readonly world: CapturedWorld; readonly ended: Promise<number> };
  /** What an agent says of a running instance. */
  report(serial: number): InstanceReport;
  /** Waits until what a test looks for is there. */
  until(what: string, ask: () => boolean): Promise<unknown>;
  /** Writes a manifest and gives its path. */
  manifest(name: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens a coordinator with a store in memory on a free port. */
export async function openCliFixture(): Promise<CliFixture> {
  const temp = await makeTempDir();
  const dataDir = join(temp.path, 'data');
  const flags = { listen: '127.0.0.1:0', dataDir, 'log.level': 'silent' };
  const coordinator = await openCoordinator(loadCoordinatorConfig({ env: {}, flags }), {
    store: new MemoryStore(),
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    version: '1.2.3',
    logger: silentLogger,
  });
  const agents: FakeAgent[] = [];
  const certificates = await HostCertificates.open(dataDir);
  const identity = { HEADFRAME_IDENTITY: join(dataDir, ADMIN_FOLDER) };
  const start: CliFixture['start'] = (argv, options = {}) => {
    const world = captureWorld({ home: temp.path, ...options, env: { ...identity, ...options.env } });
    return { world, ended: runCli(['--address', coordinator.address, ...argv], world) };
  };
  return {
    coordinator,
    folder: temp.path,
    start,
    addHost: async (id, options) => {
      const agent = await FakeAgent.connect(coordinator.address, id, {
        certificates: await certificates.of(id),
        ...options,
      });
      agents.push(agent);
      return agent;
    },
    run: async (argv, options) => {
      const { world, ended } = start(argv, options);
      const code = await ended;
      return { code, stdout: world.stdout.text, stderr: world.stderr.text };
    },
    report: (serial) => sampleReport(serial, { atMs: Date.now() }),
    until: (what, ask) => waitFor(what, ask),
    manifest: async (name, text) => {
      const path = join(temp.path, name);
      await writeFile(path, text);
      return path;
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.close()));
      await coordinator.stop();
      await temp[Symbol.asyncDispose]();
    },
  };
}
