import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages } from './packages.mjs';
import { BootstrapError } from './say.mjs';

const dockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
CMD ["sh"]
`;

/**
 * Builds a two-megabyte image of Debian's static busybox, from no registry; the engine's cache makes the second time quick.
 * @param {string} socketPath
 * @param {string} tag
 */
export async function buildBusyboxImage(socketPath, tag) {
  await ensurePackages(['busybox-static']);
  const folder = await mkdtemp(join(tmpdir(), 'headframe-image-'));
  try {
    await copyFile('/bin/busybox', join(folder, 'busybox'));
    await writeFile(join(folder, 'Dockerfile'), dockerfile);
    await build(socketPath, tag, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string} socketPath @param {string} tag @param {string} folder @returns {Promise<void>} */
function build(socketPath, tag, folder) {
  return new Promise((resolve, reject) => {
    const path = `/build?t=${encodeURIComponent(tag)}&forcerm=1`;
    const headers = { 'content-type': 'application/x-tar' };
    const call = request(
      { socketPath, path, method: 'POST', headers, signal: AbortSignal.timeout(60_000) },
      (response) => {
        let log = '';
        response.on('data', (chunk) => (log += chunk));
        response.on('error', reject);
        // A failing step is told in the log, under status 200.
        response.on('end', () =>
          log.includes('"aux":{"ID"') ? resolve() : reject(new BootstrapError(`${tag} was not built: ${log}`)),
        );
      },
    );
    call.on('error', reject);
    // Fixed owner and time, or every build would miss the engine's cache.
    const tar = spawn('tar', ['-C', folder, '--owner=0', '--group=0', '--mtime=@0', '-c', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    tar.on('error', reject);
    tar.stdout.pipe(call);
  });
}
