import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import { parseManifest } from '../../../../../common/model/manifest/index.js';
import type { MinerSpec } from '../../../../../common/model/miner.js';
import type { ModuleRecord } from '../../../../../common/model/module.js';
import type { Capabilities } from '../../../../../coordinator/chain/port.js';
import type { FleetReader } from '../../../../../coordinator/fleet/port.js';
import { moduleKind } from '../../../../../coordinator/kinds/module/index.js';
import { ModuleMiners } from '../../../../../coordinator/kinds/module/miners/index.js';
import { analysisOf } from '../../../../support/module-samples.js';

const COMMIT = 'a'.repeat(40);
const CANDIDATE = 'c'.repeat(40);
const MINER = [
  'import argparse, os',
  'parser = argparse.ArgumentParser()',
  'parser.add_argument("--netuid", type=int, required=True)',
  'parser.add_argument("--wallet.name", default="default")',
  'parser.add_argument("--mode", choices=["fast", "slow"], default="fast")',
  'parser.add_argument("--verbose", action="store_true")',
  'parser.add_argument("--axon.port", type=int, default=8091)',
  'KEY = os.environ["BACKEND_API_KEY"]',
  'SIZE = int(os.getenv("BATCH_SIZE", "4"))',
].join('\n');
const FILES = { 'neurons/miner.py': MINER, 'requirements.txt': 'x\n' };

interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly record?: Partial<ModuleRecord>;
  /** Of the chain; undefined while it was never connected. */
  readonly kind?: Capabilities['kind'];
}

function minersOf({ files = FILES, record = {}, kind }: World = {}): ModuleMiners {
  const pin = { commit: COMMIT, digest: `sha256:${'1'.repeat(64)}`, bytes: 100 };
  const candidate = { commit: CANDIDATE, digest: `sha256:${'2'.repeat(64)}`, bytes: 200 };
  // Nothing else of these is looked at.
  const translator = { name: 'translator', pin, candidate, findings: [], ...record } as unknown as ModuleRecord;
  const hotkey = { name: 'one', namespace: 'default', secret: 'farm.one' };
  const local = { name: 'local', endpoints: ['ws://node:9944'] };
  const fleet = {
    miner: () => undefined,
    historyOf: () => ({ revisions: [] }),
    secret: (_namespace: string, name: string) => (name === 'backend' ? {} : undefined),
    wallet: (name: string) => (name === 'farm' ? { hotkeys: [hotkey] } : undefined),
    network: (name: string) => (name === 'local' ? local : undefined),
    networks: () => [local],
  } as unknown as FleetReader; // all that is asked of it
  return new ModuleMiners({
    fleet,
    modules: {
      get: (name) => {
        if (name === 'translator') return translator;
        const remedy = 'Did you mean translator?';
        throw new HeadframeError({ code: 'not_found', reason: 'module_not_found', message: 'none', remedy });
      },
    },
    analyses: { of: () => analysisOf(files) },
    bases: { python: 'python:3' },
    // Of what a chain can do, its kind alone is looked at.
    networks: { connections: () => [{ network: 'local', capabilities: kind && ({ kind } as Capabilities) }] },
  });
}

function specOf(module: object = {}, more: object = {}): MinerSpec {
  const settings = { '--netuid': 7 };
  const own = { name: 'translator', role: 'miner', settings, secrets: { BACKEND_API_KEY: 'backend' }, ...module };
  const result = parseManifest({ kind: 'module', name: 'worker', module: own, ...more });
  if ('violations' in result) throw new Error(JSON.stringify(result.violations));
  return result.value;
}

async function complete(module: object = {}, more: object = {}, world: World = {}): Promise<MinerSpec> {
  const [spec] = await minersOf(world).complete([specOf(module, more)]);
  if (spec === undefined) throw new Error('nothing came of it');
  return spec;
}

/** The refusal's code, fields and remedies. */
async function refusal(module: object, more: object = {}, world: World = {}) {
  try {
    await complete(module, more, world);
  } catch (error) {
    if (!(error instanceof HeadframeError)) throw error;
    const fields = error.violations.map(({ path }) => path);
    return { reason: error.reason, fields, remedies: error.violations.map(({ remedy = '' }) => remedy), error };
  }
  throw new Error('it was let through');
}

describe("a module's miner", () => {
  it('is made of the pinned content: image, command, arguments, environment, ports and secrets', async () => {
    const settings = { '--netuid': 7, '--verbose': true, '--axon.port': 9100, BATCH_SIZE: 8 };
    const { container, module } = await complete({ settings, args: ['--more'], env: { HF_HOME: '/data' } });
    expect(module).to.include({ commit: COMMIT });
    expect(module?.build).to.include({
      content: `sha256:${'1'.repeat(64)}`,
      bytes: 100,
      base: 'python:3',
      dockerfile: '',
    });
    expect(module?.build?.recipe)
      .to.contain('["python","-m","pip","install"')
      .and.to.contain('"-r","requirements.txt"');
    expect(container.image).to.match(/^headframe\/module-translator:[0-9a-f]{12}-miner$/);
    expect(container.args).to.deep.equal(['--axon.port', '9100', '--netuid', '7', '--verbose', '--more']);
    expect(container.env).to.deep.equal({ BATCH_SIZE: '8', HF_HOME: '/data' });
    expect(container.ports).to.deep.equal([{ name: 'axon-port', containerPort: 9100, protocol: 'tcp', hostPort: 0 }]);
    expect(container.secrets?.map(({ name, path }) => [name, path])).to.deep.equal([
      ['backend', '/run/headframe/settings/backend'],
    ]);
    expect(container.command.slice(0, 2)).to.deep.equal(['/bin/sh', '-c']);
    expect(container.command.slice(-3)).to.deep.equal(['python', '-u', 'neurons/miner.py']);
  });

  it('is the same again when what came of it is applied, and resolves without looking at anything else', async () => {
    const first = await complete();
    const [again] = await minersOf().complete([first]);
    expect(again).to.deep.equal(first);
    const workload = moduleKind.resolve(first, { workloadId: 1, specRevision: 2 });
    expect(workload).to.deep.include({ kind: 'module', container: first.container, build: first.module?.build });
  });

  it('works with the hotkey of its chain, whose settings follow', async () => {
    const chain = { network: 'local', netuid: 7, wallet: 'farm', hotkey: 'one', serve: { port: 'axon-port' } };
    const { container } = await complete({ chain, settings: {} });
    expect(container.args).to.include.members(['--netuid', '7', '--wallet.name', 'farm']);
    expect(container.env).to.include({ BT_WALLET_NAME: 'farm', BT_WALLET_HOTKEY: 'one' });
    expect(container.secrets?.find(({ name }) => name === 'farm.one')?.path).to.equal(
      '/run/headframe/wallets/farm/hotkeys/one',
    );
    const other = await refusal({ chain, settings: { '--netuid': 8 } });
    expect(other).to.deep.include({ reason: 'setting_invalid', fields: ['module.settings.--netuid'] });
    const port = await refusal({ chain: { ...chain, serve: { port: 'axom' } } });
    expect(port).to.deep.include({ reason: 'serve_port_unknown', fields: ['module.chain.serve.port'] });
    const network = await refusal({ chain: { ...chain, network: 'lokal' } });
    expect(network).to.deep.include({ reason: 'network_unknown', fields: ['module.chain.network'] });
    expect(network.remedies[0]).to.contain('local');
    const key = await refusal({ chain: { ...chain, hotkey: 'two' } });
    expect(key).to.deep.include({ reason: 'hotkey_unknown', fields: ['module.chain.hotkey'] });
    const elsewhere = await refusal({ chain }, { namespace: 'other' }, {});
    expect(elsewhere.reason).to.equal('hotkey_unknown');
  });

  it('is refused what its chain does not have, once that is known, and runs there without', async () => {
    const chain = { network: 'local', netuid: 7, wallet: 'farm', hotkey: 'one' };
    const duties = { register: { highestPrice: '1' }, leastStake: '1', serve: { port: 'axon-port' } };
    const fields = ['register', 'leastStake', 'serve'].map((field) => `module.chain.${field}`);
    for (const kind of ['frame', 'subspace'] as const) {
      const lacked = await refusal({ chain: { ...chain, ...duties } }, {}, { kind });
      expect(lacked).to.deep.include({ reason: 'chain_lacks', fields });
      expect(lacked.error.metadata).to.include({ class: 'never' });
      expect(lacked.remedies[0]).to.contain('headframe networks show local');
      expect((await complete({ chain }, {}, { kind })).module?.chain).to.include(chain);
    }
    for (const world of [{}, { kind: 'subtensor' }] as const)
      expect((await complete({ chain: { ...chain, ...duties } }, {}, world)).module?.chain).to.include(chain);
  });

  it('is refused by field where settings are missing, unknown, of another kind, or secrets in the open', async () => {
    const missing = await refusal({ settings: {}, secrets: {} });
    expect(missing.reason).to.equal('setting_required');
    expect(missing.fields).to.have.members(['module.settings.--netuid', 'module.secrets.BACKEND_API_KEY']);
    const unknown = await refusal({ settings: { '--netuid': 7, BATCH_SIZ: 8 } });
    expect(unknown).to.deep.include({ reason: 'setting_unknown', fields: ['module.settings.BATCH_SIZ'] });
    expect(unknown.remedies[0]).to.contain('BATCH_SIZE');
    const kind = await refusal({ settings: { '--netuid': 'seven', '--mode': 'middling' } });
    expect(kind).to.deep.include({ reason: 'setting_invalid' });
    expect(kind.fields).to.have.members(['module.settings.--netuid', 'module.settings.--mode']);
    const planted = { BACKEND_API_KEY: 'planted' };
    for (const [where, module] of [
      ['settings', { settings: { '--netuid': 7, ...planted }, secrets: {} }],
      ['env', { env: planted, secrets: {} }],
    ] as const) {
      const open = await refusal(module);
      expect(open).to.deep.include({ reason: 'setting_secret', fields: [`module.${where}.BACKEND_API_KEY`] });
      expect(JSON.stringify(open.error.violations)).to.not.contain('planted');
    }
    const lost = await refusal({ secrets: { BACKEND_API_KEY: 'gone' } });
    expect(lost).to.deep.include({ reason: 'secret_missing', fields: ['module.secrets.BACKEND_API_KEY'] });
  });

  it('is refused with what was found where the module, its commit or its role is none', async () => {
    expect(await refusal({ name: 'translater' })).to.deep.include({
      reason: 'module_not_found',
      fields: ['module.name'],
    });
    const role = await refusal({ role: 'validator' });
    expect(role).to.deep.include({ reason: 'role_entry_missing', fields: ['module.role'] });
    expect(role.error.violations[0]?.expected).to.contain('one of miner');
    const commit = await refusal({ commit: 'd'.repeat(40) });
    expect(commit).to.deep.include({ reason: 'module_commit_unknown', fields: ['module.commit'] });
    expect((await complete({ commit: CANDIDATE })).module?.build?.bytes).to.equal(200);
    const job = { pin: undefined, candidate: undefined, job: { kind: 'fetch' } } as const;
    expect((await refusal({}, {}, { record: job })).reason).to.equal('module_not_ready');
    const command = { 'package.json': '{"scripts":{"miner":"node miner.js"}}' };
    expect((await refusal({ settings: {} }, {}, { files: command })).reason).to.equal('module_runtime_unknown');
  });

  it("is built by the module's own Dockerfile where there is one, the role's before that of all", async () => {
    const files = { ...FILES, Dockerfile: 'FROM a\n', 'Dockerfile.miner': 'FROM b\n' };
    const own = await complete({}, {}, { files });
    expect(own.module?.build).to.include({ dockerfile: 'Dockerfile.miner', recipe: '', base: '' });
    expect(own.container.image).to.not.equal((await complete()).container.image);
  });

  it('lets nobody say otherwise what is made of the module', async () => {
    const made = await refusal({}, { container: { image: 'mine:1', env: { A: '1' }, command: ['sh'], args: ['x'] } });
    expect(made.reason).to.equal('module_field_made');
    expect(made.fields).to.have.members(['container.image', 'container.env', 'container.command', 'container.args']);
  });
});
