import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { extract, readFolder } from '../../../../../../coordinator/kinds/module/extract/index.js';
import type { Extraction, Place } from '../../../../../../coordinator/kinds/module/extract/index.js';

const MODULES = join(import.meta.dirname, '../../../../../support/modules');

/** What a reader who knows the layout would write down; descriptions and choices have tests of their own. */
function tableOf({ settings, ports, entries, warnings }: Extraction): unknown {
  return {
    settings: settings.map(({ name, source, type, default: value, required, secret, role, file, line }) => {
      return { name, source, type, default: value ?? null, required, secret, role: role ?? null, file, line };
    }),
    ports: ports.map((port) => ({ port: port.port, protocol: port.protocol, role: port.role ?? null, at: at(port) })),
    entries: entries.map((entry) => {
      return { role: entry.role ?? null, command: entry.command, from: entry.from, at: at(entry) };
    }),
    warnings: warnings.map((warning) => `${warning.code} ${at(warning)}`),
  };
}

function at({ file, line }: Place): string {
  return `${file}:${String(line)}`;
}

async function layout(name: string): Promise<Map<string, string>> {
  return readFolder(join(MODULES, name, 'source'));
}

describe('what is read from a module', () => {
  const layouts = 'click compose config-files dockerfile environ flat hostile ini neurons pydantic typer'.split(' ');

  for (const name of layouts) {
    it(`is what stands in the source of the layout ${name}`, async () => {
      const expected: unknown = JSON.parse(await readFile(join(MODULES, name, 'expected.json'), 'utf8'));
      expect(tableOf(extract(await layout(name)))).to.deep.equal(expected);
    });
  }

  it('has an expected table for every layout', async () => {
    expect((await readdir(MODULES)).sort()).to.deep.equal(layouts);
  });

  it('does not depend on the order in which files are given', async () => {
    for (const name of layouts) {
      const files = await layout(name);
      expect(extract(new Map([...files].reverse()))).to.deep.equal(extract(files));
    }
  });

  it('names choices, descriptions and further places', async () => {
    const flat = extract(await layout('flat')).settings;
    expect(flat.find(({ name }) => name === '--size')).to.include({ role: 'miner' });
    expect(flat.find(({ name }) => name === '--size')?.choices).to.deep.equal(['small', 'medium', 'large', 'huge']);
    expect(flat.find(({ name }) => name === '--keyfile')?.description).to.equal('Key, such as model.my-key.');
    const pydantic = extract(await layout('pydantic')).settings;
    const netuid = pydantic.find(({ name }) => name === 'SUBNET_NETUID');
    expect(netuid?.also).to.deep.equal([{ file: '.env.example', line: 2 }]);
    expect(netuid?.description).to.equal('Which subnet to join');
  });

  it('tells what else a module says of itself', async () => {
    const { facts } = extract(await layout('click'));
    expect(facts.python).to.equal('>=3.10,<3.13');
    expect(facts.dependencies).to.deep.equal(['click>=8', 'httpx']);
    const { facts: ofConfig } = extract(await layout('config-files'));
    expect(ofConfig.requirements).to.deep.equal([
      { file: 'requirements/miner_requirements.txt', role: 'miner' },
      { file: 'requirements/validator.txt', role: 'validator' },
    ]);
    const { facts: ofImage } = extract(await layout('dockerfile'));
    expect(ofImage.buildArguments.map(({ name, default: value }) => [name, value])).to.deep.equal([
      ['PYTHON_VERSION', '3.11'],
      ['EXTRAS', undefined],
      ['RELEASE', 'stable'],
    ]);
  });

  it('never holds a secret that lies in the source', async () => {
    for (const name of layouts) {
      const text = JSON.stringify(extract(await layout(name)));
      for (const secret of [
        'correct-horse',
        'hunter22',
        's3cret-enough',
        'abandon ability',
        'sk-0123',
        '0123456789abcdef',
      ])
        expect(text, `${name} ${secret}`).not.to.include(secret);
    }
  });
});
