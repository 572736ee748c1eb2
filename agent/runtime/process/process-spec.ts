import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Assignment } from '../../../common/model/workload.js';
import { environmentOf } from '../instance-env.js';
import { runtimeError } from '../runtime-error.js';
import type { ProcessSpec } from './instance-folder.js';

/** Where commands are looked for unless the miner sets PATH. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What to run for an assignment. The image is ignored, whatever it names: `command` and `args` are run from the host's
 * own programs. Bridge and host network are the host's; resource limits are not applied.
 * @throws HeadframeError `not_supported` for what would need walls: mounts, gpus, another user, no network, no command
 */
export function processSpecOf(assignment: Assignment, hostId: string): ProcessSpec {
  const { serial, workload, gpuIds } = assignment;
  const { container } = workload;
  const command = [...container.command, ...container.args];
  const wanting: readonly (readonly [text: string, wanted: boolean])[] = [
    ['run without container.command', command.length === 0],
    ['mount anything', container.mounts.length > 0],
    ['give gpus', gpuIds.length > 0],
    ['change the user', container.user !== ''],
    ['keep its file system from being written', container.readOnlyRootFilesystem === true],
    ['add capabilities', (container.capabilities ?? []).length > 0],
    ['give devices', (container.devices ?? []).length > 0],
    ['give secrets', (container.secrets ?? []).length > 0],
    ['keep an instance off the network', container.network === 'none'],
  ];
  const unmet = wanting.filter(([, wanted]) => wanted).map(([text]) => text);
  if (unmet.length > 0) throw runtimeError('not_supported', `the process runtime cannot ${unmet.join(', nor ')}`);
  const env = { PATH: DEFAULT_PATH, ...environmentOf(assignment, hostId) };
  return { serial, workloadId: workload.id, command, env, workdir: container.workdir || '/' };
}

/**
 * The command with its program's full path.
 * @throws HeadframeError `command_not_found`, or `engine_error` when the working directory is not there
 */
export async function resolveCommand(command: readonly string[], spec: ProcessSpec): Promise<readonly string[]> {
  const [program = '', ...args] = command;
  if (!(await isFolder(spec.workdir))) throw runtimeError('engine_error', `${spec.workdir} is no folder of this host`);
  const found = await findProgram(program, spec);
  if (found === undefined) throw runtimeError('command_not_found', `${program} is no program of this host`);
  return [found, ...args];
}

async function findProgram(program: string, spec: ProcessSpec): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : join(spec.workdir, program)]
    : (spec.env['PATH'] ?? DEFAULT_PATH).split(':').map((folder) => join(folder, program));
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate;
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false; // not there, or not for us to run: both mean looking on
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
