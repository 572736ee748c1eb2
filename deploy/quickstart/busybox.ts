import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { HeadframeError } from '../../common/model/error.js';

const run = promisify(execFile);

/** A file of a build context. */
export interface ImageFile {
  readonly path: string;
  readonly data: Buffer;
}

const BUSYBOX = '/bin/busybox';
const APPLETS = ['find', 'httpd', 'mkdir', 'printf', 'sh', 'sha256sum', 'sleep'];

/**
 * This machine's busybox with the libraries it needs (none when it is the static one), below `files/`.
 * Throws `HeadframeError` (failed_precondition) when it is missing or cannot do what the example wants.
 */
export async function readBusybox(): Promise<ImageFile[]> {
  const { stdout } = await run(BUSYBOX, ['--list']).catch((cause: unknown) => {
    throw missing(`${BUSYBOX} cannot be run`, cause);
  });
  const applets = stdout.split('\n');
  const absent = APPLETS.filter((applet) => !applets.includes(applet));
  if (absent.length > 0) throw missing(`${BUSYBOX} has no ${absent.join(', ')}`);
  const paths = [BUSYBOX, ...(await librariesOf(BUSYBOX))];
  return Promise.all(paths.map(async (path) => ({ path: `files${path}`, data: await readFile(path) })));
}

/** Shared libraries and their loader, by the paths under which the program looks for them. */
async function librariesOf(program: string): Promise<string[]> {
  // Says so with a non-zero exit code when the program is static.
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }));
  return [...stdout.matchAll(/(?:^|=>)\s*(\/\S+) \(0x/gm)].flatMap(([, path]) => path ?? []);
}

function missing(message: string, cause?: unknown): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'busybox_missing',
    message,
    remedy: 'The example image is made of it. On Debian or Ubuntu: sudo apt-get install busybox-static',
    cause,
  });
}
