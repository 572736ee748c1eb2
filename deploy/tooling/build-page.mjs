// The dashboard's page, put together and compressed once, so that the coordinator only hands out bytes.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ROOT } from './run-tool.mjs';

const PAGE = join(ROOT, 'coordinator/dashboard/page');
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
/** What a compressed form is worth having of. */
const LEAST_BYTES = 200;

/**
 * Builds the page into a folder: `index.html`, and beside it what it loads, each by the hash of what is in it.
 * @param {string} folder
 */
export async function buildPage(folder) {
  const { outputFiles } = await build({
    entryPoints: { app: join(PAGE, 'main.tsx'), style: join(PAGE, 'style/index.css') },
    outdir: folder,
    entryNames: '[name]-[hash]',
    ...{ bundle: true, format: 'esm', platform: 'browser', target: 'es2022', minify: true, write: false },
    ...{ jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'eof', logLevel: 'warning' },
  });
  const icon = await readFile(join(PAGE, 'icon.svg'));
  const hash = createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase();
  const files = [
    ...outputFiles.map(({ path, contents }) => ({ name: basename(path), bytes: Buffer.from(contents) })),
    { name: `icon-${hash}.svg`, bytes: icon },
  ];
  const page = await readFile(join(PAGE, 'index.html'), 'utf8');
  const index = page.replaceAll(/\{(\w+)\.(\w+)\}/g, (_, name, kind) => nameOf(files, name, kind));
  await mkdir(folder, { recursive: true });
  for (const file of [...files, { name: 'index.html', bytes: Buffer.from(index) }]) await place(folder, file);
}

/**
 * @param {readonly { readonly name: string }[]} files
 * @param {string} name
 * @param {string} kind
 */
function nameOf(files, name, kind) {
  const found = files.find((file) => file.name.startsWith(`${name}-`) && extname(file.name) === `.${kind}`);
  if (found === undefined) throw new Error(`the page asks for ${name}.${kind}, which was not built`);
  return found.name;
}

/**
 * @param {string} folder
 * @param {{ readonly name: string, readonly bytes: Buffer }} file
 */
async function place(folder, { name, bytes }) {
  await writeFile(join(folder, name), bytes);
  if (bytes.length < LEAST_BYTES) return;
  await writeFile(join(folder, `${name}.br`), brotliCompressSync(bytes, BROTLI));
  await writeFile(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
