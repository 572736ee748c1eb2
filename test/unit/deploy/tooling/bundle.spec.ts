import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const LATE = /const \{([^}]*)\} = await import\('([^.'][^']*)'\)/g;

describe('libraries that are loaded late', () => {
  it('are left out of the bundle, or taken as a whole: of CommonJS there are no names in it', () => {
    const bundle = readFileSync(join(root, 'deploy/tooling/bundle.mjs'), 'utf8');
    const left = new Set([...bundle.matchAll(/^ {2}'([^']+)',$/gm)].map(([, name]) => name));
    expect(left).to.include('fastify');
    const late = ['agent', 'common', 'coordinator'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.startsWith('gen/'))
        .flatMap((file) => [...readFileSync(join(root, folder, file), 'utf8').matchAll(LATE)]),
    );
    expect(late.map(([, , library]) => library)).to.include.members(['fastify', 'undici']);
    for (const [line, names = '', library = ''] of late)
      if (!left.has(library)) expect(names.trim(), line).to.match(/^default: \w+$/);
  });
});
