// `node deploy/tooling/bundle.mjs FOLDER`: puts the client's files of a compiled folder together; reading hundreds of them takes
// longer than most of its commands.
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/** What the client hands over to, with what both must have in common: these stay as they are compiled. */
const APART = [
  'common/model/error.js',
  'coordinator/main.js',
  'coordinator/security/audit/offline.js',
  'coordinator/store/maintenance.js',
];
/** Libraries of CommonJS ask for modules of Node. */
const REQUIRE = "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);";

await bundleClient(resolve(process.argv[2] ?? 'dist'));

/**
 * Replaces `coordinator/cli/main.js` of a compiled folder by one in few files, libraries included.
 * @param {string} dist
 */
async function bundleClient(dist) {
  const folder = join(dist, 'coordinator/cli');
  await build({
    entryPoints: [join(folder, 'main.js')],
    outdir: folder,
    allowOverwrite: true,
    // Beside the entry, so that what looks for files by its own place finds them as deep.
    chunkNames: 'bundled-[name]-[hash]',
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20' },
    ...{ minifyWhitespace: true, legalComments: 'eof', logLevel: 'warning' },
    banner: { js: REQUIRE },
    plugins: [keepApart(dist, folder)],
  });
}

/**
 * @param {string} dist
 * @param {string} folder
 * @returns {import('esbuild').Plugin}
 */
function keepApart(dist, folder) {
  const apart = new Set(APART.map((path) => join(dist, path)));
  return {
    name: 'apart',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir }) => {
        const file = join(resolveDir, path);
        return apart.has(file) ? { path: relative(folder, file), external: true } : undefined;
      });
    },
  };
}
