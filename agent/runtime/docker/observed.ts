import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import type { ObservedInstance } from '../runtime.js';
import { serialOf } from './labels.js';

/** What is read of the engine's answer to inspect. */
export type Inspected = Pick<ContainerInspectInfo, 'Id'> & {
  readonly State: Pick<
    ContainerInspectInfo['State'],
    'Status' | 'OOMKilled' | 'Pid' | 'ExitCode' | 'StartedAt' | 'FinishedAt'
  > & { readonly Health?: { readonly Status: string } | undefined };
  readonly Config: { readonly Labels: Readonly<Record<string, string>>; readonly User?: string };
  readonly HostConfig: { readonly NetworkMode?: string | undefined };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
};

/** What is read of a list's entry. */
type Listed = Pick<ContainerInfo, 'Created' | 'Id' | 'Labels' | 'State' | 'Status'>;

/** SIGKILL as a shell tells it: 128 + 9. */
const KILLED_EXIT_CODE = 137;

/** Reads an inspected container; undefined when it carries no serial and so is none of ours. */
export function observedOf(info: Inspected): ObservedInstance | undefined {
  const serial = serialOf(info.Config.Labels);
  if (serial === undefined) return undefined;
  const status = statusOf(info.State.Status);
  const ended = status === 'exited';
  const startedAtMs = unixMs(info.State.StartedAt);
  return {
    serial,
    containerId: info.Id,
    status,
    pid: status === 'running' ? info.State.Pid : 0,
    exitCode: ended ? info.State.ExitCode : undefined,
    // The flag is also set when only a child was killed and the main process went on.
    outOfMemory: ended && info.State.OOMKilled && info.State.ExitCode === KILLED_EXIT_CODE,
    startedAtMs,
    // The engine notes a very short life's end before its start.
    finishedAtMs: ended ? Math.max(unixMs(info.State.FinishedAt), startedAtMs) : 0,
    address: status === 'running' ? addressOf(info) : '',
    imageHealth: healthOf(info.State.Health?.Status),
  };
}

/** What a list tells of a running container, for want of an answer about it alone; undefined for one that does not run. */
export function listedRunning(container: Listed): ObservedInstance | undefined {
  const serial = serialOf(container.Labels);
  if (serial === undefined || statusOf(container.State) !== 'running') return undefined;
  return {
    serial,
    containerId: container.Id,
    status: 'running',
    pid: 0,
    exitCode: undefined,
    outOfMemory: false,
    startedAtMs: container.Created * 1000,
    finishedAtMs: 0,
    address: '',
    imageHealth: healthInStatusText(container.Status),
  };
}

/** The engine's seven states in the port's three; a paused container still holds what it was given. */
export function statusOf(engineState: string): ObservedInstance['status'] {
  if (engineState === 'created') return 'created';
  return engineState === 'running' || engineState === 'paused' ? 'running' : 'exited';
}

/** Verdict of the image's check as inspect words it. */
function healthOf(word: string | undefined): ObservedInstance['imageHealth'] {
  return word === 'starting' || word === 'healthy' || word === 'unhealthy' ? word : 'none';
}

/** The same verdict out of a list's status text, such as `Up 2 minutes (health: starting)`: a list has no field for it. */
export function healthInStatusText(text: string): ObservedInstance['imageHealth'] {
  return healthOf(/\((?:health: )?(starting|healthy|unhealthy)\)$/.exec(text)?.[1]);
}

function addressOf(info: Inspected): string {
  if (info.HostConfig.NetworkMode === 'host') return '127.0.0.1';
  const networks = Object.values(info.NetworkSettings.Networks);
  return networks.find((network) => network.IPAddress !== '')?.IPAddress ?? '';
}

/** Unix milliseconds of the engine's time; 0 for its year 1, which means never. */
function unixMs(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? 0 : ms;
}
