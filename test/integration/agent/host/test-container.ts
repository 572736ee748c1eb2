import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const IMAGE = process.env['HEADFRAME_TEST_IMAGE'] ?? 'headframe-test/busybox:1';
const LABEL = 'headframe.test=host-cgroup';

/** A running container of the test image. */
export interface TestContainer {
  readonly id: string;
  readonly pid: number;
}

/** Runs a container with the given `docker run` options; its command is a shell line. */
export async function runContainer(options: readonly string[], shellLine: string): Promise<TestContainer> {
  const { stdout } = await docker('run', '-d', '--label', LABEL, ...options, IMAGE, 'sh', '-c', shellLine);
  const id = stdout.trim();
  const inspected = await docker('inspect', '--format', '{{.State.Pid}}', id);
  return { id, pid: Number(inspected.stdout) };
}

/** Runs a shell line inside a container. */
export async function execInside(container: TestContainer, shellLine: string): Promise<void> {
  await docker('exec', container.id, 'sh', '-c', shellLine);
}

/** Removes a container at once. */
export async function removeContainer(container: TestContainer): Promise<void> {
  await docker('rm', '--force', container.id);
}

/** Removes whatever an earlier or this run left behind. */
export async function removeAllContainers(): Promise<void> {
  const { stdout } = await docker('ps', '--all', '--quiet', '--filter', `label=${LABEL}`);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await docker('rm', '--force', ...ids);
}

async function docker(...args: string[]): Promise<{ readonly stdout: string }> {
  return run('docker', args, { timeout: 30_000 });
}
