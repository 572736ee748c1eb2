import { expect } from 'chai';
import { billOf } from '../../../../../../coordinator/kinds/module/package/sbom/index.js';
import { readRequirements } from '../../../../../../coordinator/kinds/module/package/sbom/requirements.js';

interface Component {
  readonly type: string;
  readonly purl?: string;
  readonly name: string;
  readonly scope?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
  readonly evidence?: { readonly occurrences: readonly { readonly location: string; readonly line?: number }[] };
}

async function componentsOf(texts: Readonly<Record<string, string>>, projects: readonly string[] = []) {
  const files = Object.entries(texts).map(([path, text]) => ({ path, executable: false, content: Buffer.from(text) }));
  const facts = {
    name: 'alpha',
    version: '1',
    url: 'https://example.org/a',
    commit: 'c',
    digest: `sha256:${'0'.repeat(64)}`,
  };
  const bill = await billOf({ ...facts, files, projects, atMs: 0, madeBy: '1' });
  const { components } = JSON.parse(bill.json.toString()) as { components: readonly Component[] }; // by billOf
  return { bill, components, libraries: components.filter(({ type }) => type === 'library') };
}

describe('the bill of materials of a module', () => {
  it('names what files of pip require: by name, version, URL, path and include, and nothing that is none', () => {
    const sha = 'a'.repeat(64);
    const text = [
      '# comment',
      'NumPy_Base[extra] == 1.26.0 ; python_version > "3.8"  # why',
      'torch>=2,<3',
      `requests==2.31.0 \\`,
      `    --hash=sha256:${sha}`,
      'tool @ https://user:secret@example.org/tool-1.0.zip',
      'git+https://github.com/a/bittensor.git@v1#egg=bittensor',
      '-e git+https://github.com/a/plain.git',
      './wheels/greeter-1.0-py3-none-any.whl',
      '-r more/others.txt',
      '--index-url https://example.org/simple',
      '-c constraints.txt',
      'not a requirement',
      '$(touch x)',
    ].join('\n');
    const { packages, includes } = readRequirements('sub/requirements.txt', text);
    expect(packages.map(({ name, version, line }) => [name, version, line])).to.deep.equal([
      ['numpy-base', '1.26.0', 2],
      ['torch', undefined, 3],
      ['requests', '2.31.0', 4],
      ['tool', undefined, 6],
      ['bittensor', undefined, 7],
      ['plain', undefined, 8],
      ['greeter', '1.0', 9],
    ]);
    expect(packages[2]?.hashes).to.deep.equal([{ alg: 'SHA-256', content: sha }]);
    expect(packages[3]?.url).to.equal('https://example.org/tool-1.0.zip');
    expect(includes).to.deep.equal(['sub/more/others.txt']);
  });

  it('has one component a version, settled by lock files, with each place that names it', async () => {
    const integrity = Buffer.alloc(64, 7).toString('base64');
    const { libraries, bill } = await componentsOf(
      {
        'requirements.txt': 'numpy>=1\n-r extra/pinned.list\n-r ../outside.txt\n',
        'extra/pinned.list': 'scipy==1.11.0\n',
        'uv.lock': 'version = 1\n\n[[package]]\nname = "numpy"\nversion = "1.26.4"\n[package.x]\nname = "not"\n',
        'Pipfile.lock': JSON.stringify({
          default: { click: { version: '==8.1.0' } },
          develop: { black: { version: '==24.1' } },
        }),
        'web/package.json': JSON.stringify({
          dependencies: { '@scope/lib': '^2.0.0' },
          devDependencies: { mocha: '10.0.0' },
        }),
        'web/package-lock.json': JSON.stringify({
          packages: {
            '': { name: 'web' },
            'node_modules/@scope/lib': { version: '2.3.4', integrity: `sha512-${integrity}` },
            'node_modules/mocha': { version: '10.0.0', dev: true },
          },
        }),
        'node_modules/evil/package.json': JSON.stringify({ dependencies: { evil: '1.0.0' } }),
        'poetry.lock': 'no toml',
        'package.json': '{',
      },
      ['fastapi>=0.1', 'python-dotenv ^1.0'],
    );
    expect(libraries.map(({ purl, scope }) => `${purl ?? ''} ${scope ?? ''}`)).to.deep.equal([
      'pkg:npm/%40scope/lib@2.3.4 required',
      'pkg:npm/mocha@10.0.0 optional',
      'pkg:pypi/black@24.1 optional',
      'pkg:pypi/click@8.1.0 required',
      'pkg:pypi/fastapi required',
      'pkg:pypi/numpy@1.26.4 required',
      'pkg:pypi/python-dotenv required',
      'pkg:pypi/scipy@1.11.0 required',
    ]);
    expect(bill.components).to.equal(8);
    const numpy = libraries.find(({ name }) => name === 'numpy');
    expect(numpy?.evidence?.occurrences.map(({ location, line }) => [location, line])).to.deep.equal([
      ['requirements.txt', 1],
      ['uv.lock', 3],
    ]);
    expect(libraries[0]?.hashes).to.deep.equal([{ alg: 'SHA-512', content: '07'.repeat(64) }]);
  });

  it('lists all files by their digests, and is the same for the same', async () => {
    const one = await componentsOf({ 'a.py': 'x', 'b/c.txt': '' });
    expect(one.components.map(({ type, name }) => `${type} ${name}`)).to.deep.equal(['file a.py', 'file b/c.txt']);
    expect(one.components[0]?.hashes?.[0]?.content).to.match(
      /^2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881$/,
    );
    expect((await componentsOf({ 'a.py': 'x', 'b/c.txt': '' })).bill.json.equals(one.bill.json)).to.equal(true);
    const { serialNumber } = JSON.parse(one.bill.json.toString()) as { serialNumber: string }; // by billOf
    expect(serialNumber).to.match(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
