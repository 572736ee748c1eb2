import { cpus, release, totalmem } from 'node:os';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { readOwnConfinement } from './cgroup/index.js';
import { layoutOf } from './cgroup/location.js';
import { readCgroupLayout, readCgroupMounts, readOptional } from './cgroup/process-cgroup.js';
import { runCommand } from './command.js';
import type { RunCommand } from './command.js';
import * as engineJudgements from './doctor/engine-judgements.js';
import type { EngineInfo } from './doctor/engine-judgements.js';
import { problem } from './doctor/finding.js';
import type { CheckName, Finding } from './doctor/finding.js';
import * as hardening from './doctor/hardening-judgements.js';
import * as hostJudgements from './doctor/host-judgements.js';
import { judgeLeases } from './doctor/lease-judgement.js';
import type { LeaseFitness } from './doctor/lease-judgement.js';
import * as probes from './doctor/probes.js';
import type { TcpAddress } from './doctor/probes.js';
import { messageOf } from './errno.js';
import { surveyGpus } from './gpus.js';
import { parseOpenFilesLimit } from './proc-texts.js';

/** What the doctor needs from the program that asks it. */
export interface DoctorPorts {
  readonly clock: Clock;
  /** The agent's data folder; need not exist yet. */
  readonly dataPath: string;
  /** How many instances this host is meant to run. */
  readonly plannedInstances: number;
  /** Asks the container engine about itself; absent when the agent runs without one. */
  readonly engine?: (signal: AbortSignal) => Promise<EngineInfo>;
  /** Looks how fit the host is for leases, by what the engine says of itself; absent where none are to be held. */
  readonly leases?: (engine: EngineInfo) => Promise<LeaseFitness>;
  /** Where the coordinator should be; absent when none is configured. */
  readonly coordinator?: TcpAddress;
  /** Process id of another agent that holds the data folder. */
  readonly otherAgentPid: () => Promise<number | undefined>;
  /** Runs programs; for tests. */
  readonly run?: RunCommand;
}

interface Check {
  readonly check: CheckName;
  readonly find: (signal: AbortSignal) => Promise<Finding[]> | Finding[];
}

/** How long one check may take, in milliseconds; asking many GPUs is the slowest. */
const CHECK_TIMEOUT_MS = 25_000;
const CONNECT_TIMEOUT_MS = 5000;
const ENGINE_TIMEOUT_MS = 10_000;
const DAEMON_CONFIG = '/etc/docker/daemon.json';

/**
 * Looks whether this host is fit to run miners; answers within half a minute and never rejects.
 * The checks run side by side, and one that fails or hangs becomes a finding of its own.
 */
export async function runDoctor(ports: DoctorPorts): Promise<Finding[]> {
  const engine = askEngine(ports);
  const checks = [
    ...engineChecks(engine),
    ...hostChecks(ports),
    ...leaseChecks(ports, engine),
    ...outsideChecks(ports, engine),
  ];
  const findings = await Promise.all(checks.map((check) => findWithin(ports.clock, check)));
  return findings.flat();
}

/** Looks at the engine alone: whether it answers, and is one that will do; undefined where the agent runs without one. */
export async function examineEngine(ports: Pick<DoctorPorts, 'engine' | 'clock'>): Promise<Finding | undefined> {
  const answer = await askEngine(ports);
  if (answer === 'no engine') return undefined;
  return 'info' in answer
    ? engineJudgements.judgeEngine(answer.info)
    : engineJudgements.judgeUnreachableEngine(answer.failure);
}

type EngineAnswer = { readonly info: EngineInfo } | { readonly failure: string } | 'no engine';

async function askEngine({ engine, clock }: Pick<DoctorPorts, 'engine' | 'clock'>): Promise<EngineAnswer> {
  if (engine === undefined) return 'no engine';
  try {
    return { info: await within(clock, ENGINE_TIMEOUT_MS, engine) };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}

function engineChecks(engine: Promise<EngineAnswer>): Check[] {
  const check = (name: CheckName, judge: (info: EngineInfo) => Promise<Finding> | Finding): Check => ({
    check: name,
    find: async () => {
      const answer = await engine;
      return answer !== 'no engine' && 'info' in answer ? [await judge(answer.info)] : [];
    },
  });
  return [
    { check: 'engine', find: async () => judgeAnswer(await engine) },
    check('live_restore', engineJudgements.judgeLiveRestore),
    check('resource_limits', engineJudgements.judgeResourceLimits),
    check('storage', (info) => engineJudgements.judgeStorage(info, probes.readMountOptions(info.rootPath))),
    check('engine_disk', async ({ rootPath }) =>
      engineJudgements.judgeEngineDisk(rootPath, await probes.probeFreeBytes(rootPath)),
    ),
    check('networking', (info) =>
      engineJudgements.judgeNetworking(info, probes.findPrograms(['iptables', 'docker-proxy'])),
    ),
    check('user_namespaces', hardening.judgeUserNamespaces),
    check('seccomp', hardening.judgeSeccomp),
    check('access_control', hardening.judgeAccessControl),
    check('icc', hardening.judgeIcc),
    check('engine_api', hardening.judgeEngineApi),
    check('engine_logs', (info) => hardening.judgeEngineLogs(info, readOptional(DAEMON_CONFIG))),
  ];
}

function judgeAnswer(answer: EngineAnswer): Finding[] {
  if (answer === 'no engine') return [];
  return 'info' in answer
    ? [engineJudgements.judgeEngine(answer.info)]
    : [engineJudgements.judgeUnreachableEngine(answer.failure)];
}

function hostChecks({ clock, dataPath, plannedInstances, otherAgentPid, run = runCommand }: DoctorPorts): Check[] {
  const one = (check: CheckName, find: () => Promise<Finding> | Finding): Check => ({
    check,
    find: async () => [await find()],
  });
  return [
    one('cgroups', judgeOwnCgroups),
    one('confinement', () => hostJudgements.judgeConfinement(readMachineSize(), readOwnConfinement())),
    one('kernel', () => hostJudgements.judgeKernel(release(), readCgroupLayout())),
    one('clock_sync', async () => hostJudgements.judgeClockSync(await probes.probeClockSync(run))),
    one('open_files', () => hostJudgements.judgeOpenFiles(readOpenFilesLimit(), plannedInstances)),
    one('data_folder', async () =>
      hostJudgements.judgeDataFolder(dataPath, await probes.probeDataFolder(dataPath, clock)),
    ),
    one('other_agent', async () => hostJudgements.judgeOtherAgent(await otherAgentPid(), dataPath)),
  ];
}

function judgeOwnCgroups(): Finding {
  const mounts = readCgroupMounts();
  return hostJudgements.judgeCgroups(layoutOf(mounts), probes.readableControllers(mounts));
}

function readMachineSize(): { readonly cpuMillicores: number; readonly memoryBytes: number } {
  return { cpuMillicores: cpus().length * 1000, memoryBytes: totalmem() };
}

function readOpenFilesLimit(): number | undefined {
  return parseOpenFilesLimit(readOptional('/proc/self/limits') ?? '');
}

function leaseChecks({ leases }: DoctorPorts, engine: Promise<EngineAnswer>): Check[] {
  if (leases === undefined) return [];
  const find = async (): Promise<Finding[]> => {
    const answer = await engine;
    return answer !== 'no engine' && 'info' in answer ? judgeLeases(await leases(answer.info)) : [];
  };
  return [{ check: 'leases', find }];
}

function outsideChecks({ clock, coordinator, run = runCommand }: DoctorPorts, engine: Promise<EngineAnswer>): Check[] {
  return [
    {
      check: 'coordinator',
      find: async () => [await judgeConnection(coordinator, clock)],
    },
    {
      check: 'gpus',
      find: async () => {
        const [survey, answer] = await Promise.all([surveyGpus(run), engine]);
        const info = answer !== 'no engine' && 'info' in answer ? answer.info : undefined;
        return [hostJudgements.judgeGpuUse(survey, info, probes.findPrograms(['nvidia-container-runtime-hook']))];
      },
    },
  ];
}

async function judgeConnection(address: TcpAddress | undefined, clock: Clock): Promise<Finding> {
  if (address === undefined) return hostJudgements.judgeCoordinator(undefined, undefined);
  const deadline = new AbortController();
  const cancel = clock.setTimer(() => deadline.abort(), CONNECT_TIMEOUT_MS);
  const failure = await probes.probeConnection(address, deadline.signal);
  cancel();
  return hostJudgements.judgeCoordinator(`${address.host}:${address.port}`, failure);
}

async function findWithin(clock: Clock, { check, find }: Check): Promise<Finding[]> {
  try {
    return await within(clock, CHECK_TIMEOUT_MS, async (signal) => find(signal));
  } catch (error) {
    const remedy = 'Run the doctor as the user the agent runs as, and look at what it names.';
    return [problem(check, `could not be checked: ${messageOf(error)}`, remedy)];
  }
}

/** Rejects after `timeoutMs` even when the work does not heed its signal. */
async function within<T>(clock: Clock, timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const slept = clock.sleep(timeoutMs, end.signal).then(() => {
    throw new HeadframeError({
      code: 'deadline_exceeded',
      reason: 'check_too_slow',
      message: `no answer in ${timeoutMs} ms`,
    });
  });
  try {
    return await Promise.race([work(end.signal), slept]);
  } finally {
    end.abort();
  }
}
