// `node deploy/tooling/bundle.mjs FOLDER`: puts the files of each program of a compiled folder together; finding and reading
// hundreds of them took longer than most commands of the client, and memory of the agent for good.
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';

/** As deep as what looks for files by its own place was compiled to. */
const FOLDER = 'common/bundled';
/** By name in the bundle, what is asked for from outside it. */
const PROGRAMS = {
  agent: 'agent/main.js',
  client: 'coordinator/cli/main.js',
  coordinator: 'coordinator/main.js',
  // Beside what starts it.
  'prover-process': 'agent/challenge/prover-process.js',
  'kernel-thread': 'agent/kinds/space/kernel/kernel-thread.js',
  space: 'agent/kinds/space/main.js',
  'head-process': 'agent/kinds/space/fleet/head-process.js',
  'lease-thread': 'coordinator/leadership/lease-thread.js',
  'scan-thread': 'agent/kinds/space/prove/scan-thread.js',
  'plot-process': 'agent/kinds/space/desk/plot-process.js',
  'plot-thread': 'agent/kinds/space/plot/plot-thread.js',
  'verify-process': 'coordinator/verify/verify-process.js',
  'extract-process': 'coordinator/kinds/module/registry/extract-process.js',
};
/** Libraries that look for files of their own, or that nothing is to be read of before it is needed. */
const LEFT = [
  '@chainsafe/hashtree',
  '@polkadot/*',
  '@node-rs/argon2',
  'dockerode',
  'fastify',
  'pino',
  'ssh2',
  'systeminformation',
  'ws',
];
/** Libraries of CommonJS ask for modules of Node. */
const REQUIRE = "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);";

const dist = resolve(process.argv[2] ?? 'dist');
await build({
  entryPoints: Object.entries(PROGRAMS).map(([out, file]) => ({ in: join(dist, file), out })),
  outdir: join(dist, FOLDER),
  ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', external: LEFT },
  ...{
    minifyWhitespace: true,
    legalComments: 'eof',
    sourcemap: 'linked',
    logLevel: 'warning',
    banner: { js: REQUIRE },
  },
});
for (const [name, file] of Object.entries(PROGRAMS)) {
  const path = relative(dirname(file), join(FOLDER, `${name}.js`));
  const first = name === 'client' ? '#!/usr/bin/env node\n' : '';
  await writeFile(join(dist, file), `${first}export * from '${path}';\n`);
}
await buildPage(join(dist, 'coordinator/dashboard/site'));
