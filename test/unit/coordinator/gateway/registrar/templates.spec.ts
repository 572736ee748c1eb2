import { create } from '@bufbuild/protobuf';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ModuleProfileSchema, ModuleSchema } from '../../../../../common/gen/headframe/v1/module_service_pb.js';
import { moduleTypeOf } from '../../../../../coordinator/gateway/registrar/listed-module.js';
import { packageOf } from '../../../../../coordinator/gateway/registrar/package.js';
import { configYaml, envTemplate } from '../../../../../coordinator/gateway/registrar/templates.js';

const variable = (name: string, rest: object = {}) => ({ name, required: false, secret: false, ...rest });
const profile = (role: string, environment: object[]) =>
  create(ModuleProfileSchema, { role, entry: `${role}.py`, command: ['python', `${role}.py`], environment });

describe('envTemplate', () => {
  it('keeps what two roles call by one name apart', () => {
    const text = envTemplate([
      profile('miner', [variable('KEY_NAME', { default: 'm' })]),
      profile('validator', [variable('KEY_NAME', { default: 'v' })]),
    ]);
    expect(text.split('\n').filter((line) => /^(# Role|\w)/.test(line))).to.deep.equal([
      '# Role miner',
      'KEY_NAME=m',
      '# Role validator',
      'KEY_NAME=v',
    ]);
  });

  it('gives no value of a secret, even where the repository shows one', () => {
    const hostile = variable('API_KEY', { secret: true, required: true, default: 's3cret', at: '.env:1' });
    const text = envTemplate([profile('miner', [hostile])]);
    expect(text).to.contain('# (required, secret, .env:1)\nAPI_KEY=\n');
    expect(text).not.to.contain('s3cret');
  });

  it('stays a line a variable, whatever the repository calls and presets it', () => {
    const text = envTemplate([
      profile('miner', [
        variable('A\nB', { default: 'x', description: 'one\ntwo' }),
        variable('C', { default: "it's $(x)\nD=1" }),
      ]),
    ]);
    expect(text).to.contain(`\n# A B=x\n`).and.to.contain(`\nC='it'\\''s $(x) D=1'\n`);
    expect(text.split('\n')).to.have.length(6);
  });
});

describe('configYaml', () => {
  it('names what is pinned, how each role runs, and the limits that the seed presets', () => {
    const pin = { commit: 'c1', digest: 'sha256:d', version: 'v1', roles: ['miner'] };
    const module = create(ModuleSchema, { name: 'alpha', pin });
    const secret = variable('KEY', { secret: true, required: true, default: 's3cret', at: 'a.py:1' });
    const text = configYaml(module, [profile('miner', [secret])]);
    expect(text).not.to.contain('s3cret');
    expect(parse(text)).to.deep.include({
      module: { name: 'alpha', version: 'v1', commit: 'c1', digest: 'sha256:d', module_type: 'Miner' },
      resources: { cpu_cores: 2, memory_mb: 512, storage_gb: 5 },
    });
  });
});

describe('moduleTypeOf', () => {
  it('has a word for each set of roles', () => {
    const types = [['miner', 'validator'], ['validator'], ['miner'], ['indexer'], []].map(moduleTypeOf);
    expect(types).to.deep.equal(['Validator', 'Validator', 'Miner', 'Observer', 'Observer']);
  });
});

describe('packageOf', () => {
  it('makes the same bytes of the same files, and a hash in hex', async () => {
    const once = await packageOf({ 'config.yaml': 'a', '.env.example': 'b' });
    expect(await packageOf({ 'config.yaml': 'a', '.env.example': 'b' })).to.deep.equal(once);
    expect(once.hash).to.match(/^[0-9a-f]{64}$/);
    expect((await packageOf({ 'config.yaml': 'a', '.env.example': 'c' })).hash).not.to.equal(once.hash);
  });
});
