import { expect } from 'chai';
import { parseManifest, specToFullManifest, specToManifest } from '../../../../../common/model/manifest/index.js';
import { isAccount } from '../../../../../common/model/account.js';
import { minerSpecFromWire, minerSpecToWire } from '../../../../../common/wire/client.js';

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const WRITTEN = {
  kind: 'model',
  name: 'markov',
  container: { mounts: [{ target: '/cache', volume: 'weights' }] },
  model: {
    source: { git: { url: 'https://git.example/models.git', commit: 'a'.repeat(40), folder: 'markov' } },
    dockerfile: 'docker/Dockerfile.cpu',
    port: 3000,
    env: { THREADS: '2' },
    args: ['--fast'],
    secrets: { API_KEY: 'backend' },
    buildArgs: { ORDER: '3' },
    account: ALICE,
    type: 'llm',
  },
};

function parsed(manifest: object) {
  const result = parseManifest(manifest);
  if ('violations' in result) throw new Error(JSON.stringify(result.violations));
  return result.value;
}

function refusedAt(manifest: object): string[] {
  const result = parseManifest(manifest);
  return 'violations' in result ? result.violations.map(({ path }) => path).sort() : [];
}

function withModel(fields: object, more: object = {}): object {
  return { ...WRITTEN, ...more, model: { ...WRITTEN.model, ...fields } };
}

describe('the manifest of a model', () => {
  it('comes back as it was written, whatever the coordinator has made of it', () => {
    const spec = parsed(WRITTEN);
    expect(specToManifest(spec)).to.deep.equal(WRITTEN);
    const buildArgs = { ORDER: '3' };
    const build = { content: `sha256:${'b'.repeat(64)}`, bytes: 10, dockerfile: 'Dockerfile', recipe: '', base: '' };
    const path = '/run/headframe/settings/backend';
    const complete = {
      ...spec,
      container: {
        ...spec.container,
        ...{ image: 'headframe/model-markov:0123456789ab', args: ['--fast'], env: { PORT: '3000' } },
        secrets: [{ name: 'backend', path, mode: 0o400, onRotate: 'restart' as const }],
      },
      ...(spec.model === undefined ? {} : { model: { ...spec.model, build: { ...build, buildArgs } } }),
    };
    expect(specToManifest(complete)).to.deep.equal(WRITTEN);
    expect(parsed(specToFullManifest(complete))).to.deep.equal(complete);
    expect(minerSpecFromWire(minerSpecToWire(complete))).to.deep.equal(complete);
  });

  it('takes each source, one at a time, and brings it back over the wire', () => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const sources = [
      { text: 'FROM scratch\n' },
      { upload: digest },
      { url: 'https://models.example/markov.tar.gz?version=2' },
      { url: 'http://models.example/Dockerfile', digest },
      { git: { url: 'https://git.example/markov.git', commit: 'b'.repeat(40) } },
    ];
    for (const source of sources) {
      const spec = parsed(withModel({ source }));
      expect(specToManifest(spec)['model']).to.deep.include({ source });
      expect(minerSpecFromWire(minerSpecToWire(spec))).to.deep.equal(spec);
    }
    for (const source of [{}, { text: 'FROM a\n', upload: digest }, 'Dockerfile'])
      expect(refusedAt(withModel({ source }))).to.deep.equal(['model.source']);
    expect(refusedAt(withModel({ source: { upload: digest, digest } }))).to.deep.equal(['model.source.digest']);
    for (const url of ['ftp://a/b', 'https://user:pass@a/b', 'https://a/b#c', '/tmp/Dockerfile', 'https://'])
      expect(refusedAt(withModel({ source: { url } })), url).to.deep.equal(['model.source.url']);
    for (const folder of ['../up', '/abs', 'a//b', 'a/./b', ''])
      expect(refusedAt(withModel({ source: { git: { ...WRITTEN.model.source.git, folder } } })), folder).to.have.length(
        1,
      );
  });

  it('publishes the port of the model and asks it for its health, unless the manifest says otherwise', () => {
    const spec = parsed(WRITTEN);
    expect(spec.container.ports).to.deep.equal([{ name: 'http', containerPort: 3000, protocol: 'tcp', hostPort: 0 }]);
    expect(spec.health).to.deep.include({
      probe: { kind: 'http', port: 3000, path: '/health' },
      startPeriodMs: 60_000,
    });
    const fixed = { ports: [{ name: 'http', container: 3000, host: 8080 }] };
    const own = parsed({ ...WRITTEN, container: fixed, health: { tcp: { port: 3000 }, interval: '1s' } });
    expect(own.container.ports).to.have.length(1);
    expect(own.health?.probe).to.deep.equal({ kind: 'tcp', port: 3000 });
    expect(specToManifest(own)).to.deep.include({ container: fixed });
  });

  it('is refused another port of its name, no network, a variable twice, sections of other kinds, and no section', () => {
    const other = { ports: [{ name: 'http', container: 3001 }] };
    expect(refusedAt({ ...WRITTEN, container: other })).to.include('container.ports[0]');
    expect(refusedAt({ ...WRITTEN, container: { network: 'none' } })).to.include('container.network');
    expect(refusedAt(withModel({ env: { API_KEY_FILE: '/x' } }))).to.deep.equal(['model.env.API_KEY_FILE']);
    expect(refusedAt(withModel({}, { module: { name: 'abc', role: 'miner' } }))).to.deep.equal(['module']);
    expect(refusedAt({ kind: 'model', name: 'markov' })).to.deep.equal(['model']);
    expect(refusedAt({ ...WRITTEN, kind: 'container', container: { image: 'a' } })).to.deep.equal(['model']);
  });

  it('names who is paid by an address whose checksum is right, or by the number of an account', () => {
    for (const account of [ALICE, '0.0.123456', '1FRMM8PEiWXYax7rpS6X4XZX1aAAxSWx1CrKTyrVYhV24fg'])
      expect(isAccount(account), account).to.equal(true);
    const wrong = [ALICE.replace('Grw', 'Grx'), ALICE.slice(1), '0.0.0', '0.0.01', '1.0.5', '0.0.9223372036854775808'];
    for (const account of [...wrong, '0xd43593c715fdd31c61141abd04a99fd6822c8556', 'alice']) {
      expect(isAccount(account), account).to.equal(false);
      expect(refusedAt(withModel({ account })), account).to.deep.equal(['model.account']);
    }
    expect(refusedAt(withModel({ type: 'chess' }))).to.deep.equal(['model.type']);
  });
});
