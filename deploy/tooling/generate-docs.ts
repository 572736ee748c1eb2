// `npm run docs` writes the references that are made from the source; with --check it only says whether they are fresh.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderCliReference } from './docs/cli-reference.js';
import { renderConfigReference } from './docs/config-reference.js';
import { renderHttpReference } from './docs/http-reference.js';
import { renderManifestReference, renderManifestSchema } from './docs/manifest-reference.js';
import { renderReasonsReference } from './docs/reasons-reference.js';
import { withRolesTable } from './docs/roles-table.js';
import { withSpaceTables } from './docs/space-tables.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

// One line for each file that is generated, or of which a part is.
const generators: readonly { readonly path: string; readonly render: (found: string) => string }[] = [
  { path: 'docs/manifest.md', render: renderManifestReference },
  { path: 'deploy/manifest.schema.json', render: renderManifestSchema },
  { path: 'docs/configuration.md', render: renderConfigReference },
  { path: 'docs/reasons.md', render: renderReasonsReference },
  { path: 'docs/http-routes.md', render: renderHttpReference },
  { path: 'docs/cli.md', render: renderCliReference },
  { path: 'docs/security.md', render: withRolesTable },
  { path: 'docs/space.md', render: withSpaceTables },
];

const onlyCheck = process.argv.includes('--check');
for (const { path, render } of generators) {
  const found = await readFile(join(root, path), 'utf8').catch(() => '');
  const wanted = render(found);
  if (wanted === found) continue;
  if (onlyCheck) {
    process.stderr.write(`${path} is not what the source says; run: npm run docs\n`);
    process.exitCode = 1;
  } else {
    await writeFile(join(root, path), wanted);
    process.stdout.write(`${path} written\n`);
  }
}
