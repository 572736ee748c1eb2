import { existsSync } from 'node:fs';
import { describeWith } from './describe-with.js';
import type { SuiteBody } from './describe-with.js';

/** The socket of the engine that integration and end-to-end tests may use. */
export const dockerSocket: string = process.env.HEADFRAME_TEST_DOCKER_SOCKET ?? '/var/run/docker.sock';

/** A small local image with a shell, which `npm test` builds. */
export const testImage: string = process.env.HEADFRAME_TEST_IMAGE ?? 'headframe-test/busybox:1';

/** Why there is no Docker Engine here; undefined where there is one. */
export const noDocker: string | undefined = existsSync(dockerSocket)
  ? undefined
  : `no Docker Engine at ${dockerSocket}`;

/** A `describe` that needs a real Docker Engine. */
export const describeWithDocker: (title: string, body: SuiteBody) => void = describeWith(noDocker);
