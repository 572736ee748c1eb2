import { readdir, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { ModuleService, ModuleState } from '../../../../common/gen/headframe/v1/module_service_pb.js';
import type { Module } from '../../../../common/gen/headframe/v1/module_service_pb.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { Client } from '../../../../common/rpc/index.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { GitRepository } from '../../../support/git-repository.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const MINER = 'import os\n\nKEY = os.environ["MINER_API_KEY"]\nPORT = int(os.getenv("AXON_PORT", "8091"))\n';
const CHANGED = 'import os\n\nPORT = int(os.getenv("AXON_PORT", "8092"))\n';

describe('the registry of modules', () => {
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let folder: string;
  let origin: GitRepository;
  let fixture: CoordinatorFixture;
  let modules: Client<typeof ModuleService>;
  let first: string;

  before(async () => {
    temp = await makeTempDir();
    folder = temp.path;
    origin = new GitRepository(join(folder, 'origin.git'));
    first = origin.commit(origin.treeOf({ 'neurons/miner.py': MINER, 'requirements.txt': 'x\n', 'validators.py': '' }));
    fixture = await openCoordinatorFixture({ modules: { fileUrls: true } });
    modules = createClient(ModuleService, fixture.channel);
  });
  after(async () => {
    await fixture.close();
    await temp[Symbol.asyncDispose]();
  });

  async function settled(name: string): Promise<Module> {
    return waitFor(`the job of ${name}`, async () => {
      const { module } = await modules.getModule({ name });
      return module?.job === 0 ? module : undefined;
    });
  }

  it('refuses what is no name, URL or ref, and a name twice', async () => {
    const refusals = [
      { name: 'no', url: origin.url },
      { name: 'Alpha', url: origin.url },
      { name: 'alpha', url: 'http://example.org/a/b' },
      { name: 'alpha', url: 'https://user:pass@example.org/a/b' },
      { name: 'alpha', url: 'ext::sh -c true' },
      { name: 'alpha', url: origin.url, ref: '--upload-pack=sh' },
    ];
    for (const asked of refusals) await expectReason(modules.addModule(asked), 'request_invalid');
    await expectReason(modules.getModule({ name: 'alpha' }), 'module_not_found');
    await modules.addModule({ name: 'alpha', url: origin.url });
    await expectReason(modules.addModule({ name: 'alpha', url: origin.url }), 'module_exists');
  });

  it('fetches, pins and reads a module, and tells how it runs and why it does not', async () => {
    const module = await settled('alpha');
    expect(module.failure).to.equal(undefined);
    expect(module.state).to.equal(ModuleState.READY);
    expect(module.pin).to.include({ commit: first, files: 3, version: first.slice(0, 12) });
    expect(module.pin?.roles).to.deep.equal(['miner']);
    const { profile, settings } = await modules.getModule({ name: 'alpha', role: 'miner', settings: true });
    expect(profile).to.deep.include({
      entry: 'neurons/miner.py',
      command: ['python', '-u', 'neurons/miner.py'],
      requirements: ['requirements.txt'],
      duties: ['register', 'serve'],
    });
    expect(profile?.environment.map(({ name, required, secret, at }) => [name, required, secret, at])).to.deep.equal([
      ['AXON_PORT', false, false, 'neurons/miner.py:4'],
      ['MINER_API_KEY', true, true, 'neurons/miner.py:3'],
    ]);
    expect(profile?.ports.map(({ port }) => port)).to.deep.equal([8091]);
    expect(settings.map(({ name }) => name)).to.deep.equal(['AXON_PORT', 'MINER_API_KEY']);
    const refused = await expectReason(modules.getModule({ name: 'alpha', role: 'validator' }), 'role_entry_missing');
    expect(refused.metadata).to.include({ found: 'validators.py' });
  });

  it('tells what a newer commit would change, and pins it when told to', async () => {
    const second = origin.commit(
      origin.treeOf({ 'neurons/miner.py': CHANGED, 'requirements.txt': 'x\n', 'validator.py': '' }),
    );
    await modules.refreshModule({ name: 'alpha' });
    const stale = await settled('alpha');
    expect([stale.state, stale.pin?.commit, stale.candidate?.commit]).to.deep.equal([ModuleState.STALE, first, second]);
    const { changes } = await modules.getModule({ name: 'alpha', changes: true });
    expect(changes.map(({ what, name }) => `${what} ${name}`)).to.deep.equal([
      'role validator',
      'program validator',
      'requirements validator',
      'setting AXON_PORT (miner)',
      'setting MINER_API_KEY (miner)',
      'file neurons/miner.py',
      'file validator.py',
      'file validators.py',
    ]);
    // Moved once more: pinned is what was seen.
    const third = origin.commit(origin.treeOf({ 'miner.py': '' }));
    const { module } = await modules.refreshModule({ name: 'alpha', apply: true });
    expect([module?.state, module?.pin?.commit]).to.deep.equal([ModuleState.READY, second]);
    await modules.refreshModule({ name: 'alpha', apply: true });
    expect((await settled('alpha')).pin?.commit).to.equal(third);
  });

  it('keeps what it has while the origin is away, and says so', async () => {
    await rename(origin.folder, `${origin.folder}-away`);
    await modules.refreshModule({ name: 'alpha' });
    const away = await settled('alpha');
    expect([away.state, away.failure?.reason]).to.deep.equal([ModuleState.STALE, 'module_origin_refused']);
    expect((await modules.getModule({ name: 'alpha', role: 'miner' })).profile?.entry).to.equal('miner.py');
    await rename(`${origin.folder}-away`, origin.folder);
    await modules.verifyModule({ name: 'alpha' });
    const verified = await settled('alpha');
    expect([verified.state, verified.findings.map(({ code }) => code)]).to.deep.equal([
      ModuleState.READY,
      ['role_entry_missing'],
    ]);
  });

  it('notices content that is not what it was, and brings it back', async () => {
    const content = join(fixture.folder, 'modules', 'content');
    const names = await readdir(content);
    for (const name of names) await writeFile(join(content, name), 'other');
    await modules.verifyModule({ name: 'alpha' });
    const broken = await settled('alpha');
    expect([broken.state, broken.failure?.reason]).to.deep.equal([ModuleState.STALE, 'module_content_lost']);
    expect(broken.findings.map(({ code }) => code)).to.contain('module_content_lost');
    await modules.refreshModule({ name: 'alpha', apply: true });
    expect((await settled('alpha')).state).to.equal(ModuleState.READY);
    await modules.verifyModule({ name: 'alpha' });
    expect((await settled('alpha')).failure).to.equal(undefined);
  });

  it('tells why a module has no content, and forgets it with all that it has', async () => {
    await modules.addModule({ name: 'beta', url: `${origin.url}-none` });
    const failed = await settled('beta');
    expect([failed.state, failed.failure?.reason]).to.deep.equal([ModuleState.FAILED, 'module_origin_refused']);
    await expectReason(modules.verifyModule({ name: 'beta' }), 'module_not_ready');
    const { modules: all } = await modules.listModules({});
    expect(all.map(({ name }) => name)).to.deep.equal(['alpha', 'beta']);
    for (const { name } of all) await modules.removeModule({ name });
    expect((await modules.listModules({})).modules).to.deep.equal([]);
    const content = join(fixture.folder, 'modules', 'content');
    await waitFor('the content to be gone', async () => (await readdir(content)).length === 0);
  });

  it('takes up after a restart what was under way, and ends it where the module goes', async () => {
    const open = new Set<Socket>();
    let called = 0;
    const server = createServer((socket) => {
      called += 1;
      open.add(
        socket
          .resume()
          .on('error', () => undefined)
          .once('close', () => open.delete(socket)),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has an address of this kind.
    const { port } = server.address() as AddressInfo;
    const settings = { modules: { privateAddresses: true } };
    const before = await openCoordinatorFixture(settings);
    const url = `https://127.0.0.1:${String(port)}/owner/module`;
    await createClient(ModuleService, before.channel).addModule({ name: 'slow', url });
    await waitFor('git to call', () => called > 0);
    await before.close();
    await waitFor('git to end', () => open.size === 0);
    const calledBefore = called;
    const again = await openCoordinatorFixture(settings, before.store.reopen());
    const client = createClient(ModuleService, again.channel);
    await waitFor('git to call again', () => called > calledBefore);
    expect((await client.getModule({ name: 'slow' })).module?.state).to.equal(ModuleState.FETCHING);
    await expectReason(client.verifyModule({ name: 'slow' }), 'module_not_ready');
    await client.removeModule({ name: 'slow' });
    await waitFor('git to end', () => open.size === 0);
    await again.close();
    server.close();
  });
});
