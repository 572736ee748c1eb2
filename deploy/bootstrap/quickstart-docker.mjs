import { existsSync } from 'node:fs';
import { ensureDocker } from './docker.mjs';
import { ensurePackages } from './packages.mjs';

/**
 * Sees that there is an engine, and what the example image is made of.
 * @param {import('./cleanup.mjs').Cleanup} cleanup takes what has to be stopped at the end
 * @returns {Promise<{ DOCKER_HOST: string }>} where it is, for the environment of what uses it
 */
export async function prepareDocker(cleanup) {
  const engine = await ensureDocker();
  cleanup.add(engine.stop);
  // The example image is made of it, since no registry is asked.
  if (!existsSync('/bin/busybox')) await ensurePackages(['busybox-static']);
  return { DOCKER_HOST: `unix://${engine.socketPath}` };
}
