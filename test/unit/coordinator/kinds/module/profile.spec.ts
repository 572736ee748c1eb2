import { expect } from 'chai';
import type { ProfileMistake, RoleProfile } from '../../../../../coordinator/kinds/module/index.js';
import { profileOf, rolesOf } from '../../../../../coordinator/kinds/module/profiles/index.js';
import { analysisOf } from '../../../../support/module-samples.js';

type Files = Readonly<Record<string, string>>;

async function profile(role: string, files: Files): Promise<RoleProfile> {
  const outcome = profileOf(role, await analysisOf(files));
  if ('profile' in outcome) return outcome.profile;
  throw new Error(JSON.stringify(outcome.mistake));
}

async function mistake(role: string, files: Files): Promise<ProfileMistake> {
  const outcome = profileOf(role, await analysisOf(files));
  if ('mistake' in outcome) return outcome.mistake;
  throw new Error(JSON.stringify(outcome.profile));
}

const DECLARED = `
version: 2.1.0
roles:
  miner:
    entry: run/serve.py
    args: [--fast]
    environment:
      TOKEN: { required: true, secret: true }
      LEVEL: { default: 3 }
    ports: [{ name: axon, port: 8091 }]
  scout:
    command: [sh, -c, ./scout.sh]
    duties: [register]
`;

describe('the profile of a role', () => {
  it('begins at the program that bears its name and is nearest to the root', async () => {
    const cases: readonly (readonly [Files, string])[] = [
      [{ 'miner.py': '', 'neurons/miner.py': '' }, 'miner.py'],
      [{ 'neurons/miner.py': '', 'tests/miner.py': '' }, 'neurons/miner.py'],
      [{ 'src/zangief/miner/miner.py': '', 'src/zangief/miner/base.py': '' }, 'src/zangief/miner/miner.py'],
      [{ 'miner/__main__.py': '', 'miner/main.py': '' }, 'miner/__main__.py'],
      [{ 'app/miner/main.py': '' }, 'app/miner/main.py'],
    ];
    for (const [files, entry] of cases) {
      const { command, ...rest } = await profile('miner', files);
      expect(rest.entry).to.equal(entry);
      expect(command).to.deep.equal(['python', '-u', entry]);
    }
  });

  it('else begins at a command that the module names for it', async () => {
    const found = await profile('miner', { 'package.json': '{"scripts":{"miner":"node miner.js"}}' });
    expect(found).to.include({ entry: 'package.json' });
    expect(found.requirements).to.deep.equal(['package.json']);
  });

  it('needs what is required of all and of the role, from the root down to the program', async () => {
    const files = {
      'src/miner/miner.py': '',
      'requirements.txt': '',
      'src/miner/requirements.txt': '',
      'miner_requirements.txt': '',
      'validator_requirements.txt': '',
      'docs/requirements.txt': '',
      'pyproject.toml': '',
    };
    expect((await profile('miner', files)).requirements).to.deep.equal([
      'requirements.txt',
      'miner_requirements.txt',
      'src/miner/requirements.txt',
    ]);
    expect((await profile('miner', { 'miner.py': '', 'pyproject.toml': '' })).requirements).to.deep.equal([
      'pyproject.toml',
    ]);
    expect((await profile('miner', { 'miner.py': '' })).requirements).to.deep.equal([]);
  });

  it('has the variables, options and ports of its role alone', async () => {
    const files = {
      'neurons/miner.py': 'import os\nA = os.environ["MINER_TOKEN"]\nP = int(os.getenv("AXON_PORT", "8091"))\n',
      'neurons/validator.py': 'import os\nB = os.environ["JUDGE_URL"]\n',
      'shared.py': 'import os\nN = os.getenv("NETUID", "1")\n',
    };
    expect((await profile('miner', files)).environment.map(({ name, at }) => `${name} ${at}`)).to.deep.equal([
      'AXON_PORT neurons/miner.py:3',
      'MINER_TOKEN neurons/miner.py:2',
      'NETUID shared.py:2',
    ]);
    expect((await profile('validator', files)).environment.map(({ name }) => name)).to.deep.equal([
      'JUDGE_URL',
      'NETUID',
    ]);
    expect((await profile('miner', files)).ports).to.deep.equal([
      { name: 'axon-port', port: 8091, at: 'neurons/miner.py:3' },
    ]);
    expect((await profile('validator', files)).duties).to.deep.equal(['register', 'stake', 'weights']);
  });

  it('is what the module declares, where it does', async () => {
    const files = {
      'headframe.module.yaml': DECLARED,
      'run/serve.py': '',
      'miner.py': 'import os\nos.getenv("LEVEL", "1")\n',
    };
    const found = await profile('miner', files);
    expect(found).to.deep.include({ entry: 'run/serve.py', args: ['--fast'], duties: ['register', 'serve'] });
    expect(found.environment.map(({ name, default: preset, secret }) => [name, preset, secret])).to.deep.equal([
      ['LEVEL', '3', false],
      ['TOKEN', undefined, true],
    ]);
    expect(found.ports).to.deep.equal([{ name: 'axon', port: 8091, at: 'headframe.module.yaml' }]);
    expect(await profile('scout', files)).to.deep.include({
      entry: '',
      command: ['sh', '-c', './scout.sh'],
      duties: ['register'],
    });
    expect(rolesOf(await analysisOf(files))).to.deep.equal(['miner', 'scout', 'validator']);
  });

  it('says what looks alike where its program is missing, and which there are where there are several', async () => {
    const missing = await mistake('miner', { 'run_miners.py': '', 'src/mine.py': '', 'judge.py': '' });
    expect([missing.code, missing.found]).to.deep.equal(['role_entry_missing', ['run_miners.py', 'src/mine.py']]);
    expect((await mistake('validator', { 'judge.py': '' })).found).to.deep.equal([]);
    const several = await mistake('miner', { 'a/miner.py': '', 'b/miner.py': '', 'c/d/miner.py': '' });
    expect([several.code, several.found]).to.deep.equal(['role_entry_ambiguous', ['a/miner.py', 'b/miner.py']]);
    expect((await mistake('constructor', {})).code).to.equal('role_entry_missing');
  });

  it('is refused for what the module declares and does not have, or declares wrongly', async () => {
    const file = (text: string): Files => ({
      'headframe.module.yaml': text,
      'src/serve.py': '',
      'requirements.txt': '',
    });
    const lost = await mistake('miner', file('roles: { miner: { entry: serve.py } }'));
    expect([lost.code, lost.found]).to.deep.equal(['role_entry_not_found', ['src/serve.py']]);
    const needs = await mistake('miner', file('roles: { miner: { entry: src/serve.py, requirements: [needs.txt] } }'));
    expect([needs.code, needs.found]).to.deep.equal(['role_requirements_not_found', ['requirements.txt']]);
    const texts = [
      'roles: { miner: { entry: ../../etc/passwd } }',
      'roles: { miner: { entrypoint: serve.py } }',
      'roles: { Miner: {} }',
      'roles: { miner: { ports: [{ name: axon, port: 0 }] } }',
      'roles: [',
      '"\\e[31m": 1',
    ];
    for (const text of texts) {
      const { code, violations } = await mistake('miner', file(text));
      expect([code, violations.length > 0], text).to.deep.equal(['module_file_invalid', true]);
    }
  });
});
