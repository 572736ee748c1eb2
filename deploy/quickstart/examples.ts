import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadframeError } from '../../common/model/error.js';
import { parseManifests, specToManifest } from '../../common/model/manifest/index.js';
import type { MinerSpec } from '../../common/model/miner.js';
import { EXAMPLES } from './root.js';

/** Reads the example miners. Throws `HeadframeError` (invalid_argument) when one is not valid. */
export async function readExamples(): Promise<readonly MinerSpec[]> {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.yaml')).sort();
  const files = names.map(async (name) => ({ name, text: await readFile(join(EXAMPLES, name), 'utf8') }));
  const parsed = parseManifests(await Promise.all(files));
  if ('specs' in parsed) return parsed.specs;
  throw new HeadframeError({
    code: 'invalid_argument',
    reason: 'manifest_invalid',
    message: 'the examples are not valid',
    remedy: 'Restore deploy/examples.',
    violations: parsed.violations,
  });
}

/** Writes the examples as they run without containers into a folder, and answers that folder. */
export async function writeProcessExamples(specs: readonly MinerSpec[], folder: string): Promise<string> {
  const manifests = join(folder, 'manifests');
  const work = join(folder, 'work');
  await Promise.all([mkdir(manifests), mkdir(work)]);
  await Promise.all(
    specs.map((spec) => {
      const manifest = specToManifest(asProcess(spec, work));
      return writeFile(join(manifests, `${spec.name}.json`), JSON.stringify(manifest, null, 2));
    }),
  );
  return manifests;
}

/** The same script under the machine's own shell; no mounts and ports, which processes have not, and so no page. */
function asProcess(spec: MinerSpec, work: string): MinerSpec {
  const script = ['sh', join(EXAMPLES, 'image/miner.sh')];
  const { MINER_PORT: _port, ...env } = spec.container.env;
  const container = { ...spec.container, command: script, env: { ...env, MINER_DIR: work }, ports: [], mounts: [] };
  const health = spec.health && { ...spec.health, probe: { kind: 'exec', command: [...script, 'check'] } as const };
  return { ...spec, container, health };
}
