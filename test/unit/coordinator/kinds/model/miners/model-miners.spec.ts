import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { HeadframeError } from '../../../../../../common/model/error.js';
import { parseManifest, specToFullManifest } from '../../../../../../common/model/manifest/index.js';
import type { MinerSpec } from '../../../../../../common/model/miner.js';
import { ContentStore } from '../../../../../../coordinator/contents/index.js';
import type { FleetPort } from '../../../../../../coordinator/fleet/port.js';
import { modelKind } from '../../../../../../coordinator/kinds/model/index.js';
import { ModelMiners } from '../../../../../../coordinator/kinds/model/miners/index.js';
import { ModelContents } from '../../../../../../coordinator/kinds/model/source/index.js';
import type { GitSource, SourceContent } from '../../../../../../coordinator/kinds/module/source/index.js';
import { expectReason } from '../../../../../support/expect-reason.js';
import { ManualClock } from '../../../../../support/manual-clock.js';
import { makeTempDir } from '../../../../../support/temp-dir.js';

const NEVER = new AbortController().signal;
const DOCKERFILE = 'ARG BASE=a\nFROM ${BASE}\n';
const COMMIT = 'c'.repeat(40);
const MINUTE = 60_000;
type Sources = Pick<GitSource, 'fetch'>;

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

describe("a model's miner", () => {
  let temp: AsyncDisposable & { path: string };
  let server: Server;
  let url: string;
  let served: string;
  let fetched: number;
  let clock: ManualClock;
  let needed: Set<string>;
  let specs: MinerSpec[];
  let content: ContentStore;
  let contents: ModelContents;
  let miners: ModelMiners;
  let gitContent: SourceContent;

  before(async () => {
    server = createServer((_request, response) => {
      fetched += 1;
      response.end(served);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/Dockerfile`; // it listens by TCP
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    temp = await makeTempDir();
    [served, fetched, clock, needed, specs] = [DOCKERFILE, 0, new ManualClock(), new Set(), []];
    const file = (path: string) => ({ path, executable: false, content: Buffer.from(DOCKERFILE) });
    gitContent = { files: [file('markov/Dockerfile'), file('markovian/x'), file('README.md')], skipped: [] };
    const git: Sources = {
      fetch: () => {
        fetched += 1;
        return Promise.resolve(gitContent);
      },
    };
    content = new ContentStore(join(temp.path, 'content'), 10 * 2 ** 20);
    // Nothing else of these is looked at.
    const fleet = {
      onDurable: () => () => undefined,
      miner: (name: string) => specs.flatMap((spec) => (spec.name === name ? [{ spec }] : []))[0],
      historyOf: () => ({ revisions: specs.map((spec) => ({ spec })) }),
    } as unknown as FleetPort;
    const rules = { uploadBytes: 10_000, contentBytes: 20_000, fetchMs: MINUTE, isAllowed: () => true };
    contents = new ModelContents({
      ...{ fleet, content, git, rules, clock, needed: () => needed, folder: join(temp.path, 'drafts') },
      logger: { warn: () => undefined } as never, // all that it says
    });
    miners = new ModelMiners({ fleet, contents, content, fileUrls: false });
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  function specOf(source: object, model: object = {}, more: object = {}): MinerSpec {
    const result = parseManifest({ kind: 'model', name: 'markov', model: { source, port: 3000, ...model }, ...more });
    if ('violations' in result) throw new Error(JSON.stringify(result.violations));
    return result.value;
  }

  async function complete(source: object, model: object = {}, more: object = {}): Promise<MinerSpec> {
    const [spec] = await miners.complete([specOf(source, model, more)], NEVER);
    if (spec === undefined) throw new Error('nothing came of it');
    return spec;
  }

  const refusal = async (
    source: object,
    reason: string,
    model: object = {},
    more: object = {},
  ): Promise<HeadframeError> => expectReason(complete(source, model, more), reason);

  function kept(): string[] {
    const folder = join(temp.path, 'content');
    return existsSync(folder) ? readdirSync(folder).map((name) => `sha256:${name.replace(/\.tar$/, '')}`) : [];
  }

  it('is made of a Dockerfile: image, arguments, variables, port, health and secrets', async () => {
    const spec = await complete(
      { text: DOCKERFILE },
      {
        args: ['--fast'],
        env: { THREADS: '2' },
        secrets: { KEY: 'backend', OTHER: 'backend' },
        buildArgs: { B: '2', A: '1' },
      },
    );
    const { build } = spec.model ?? {};
    expect(kept()).to.deep.equal([build?.content]);
    expect(build).to.deep.include({ dockerfile: 'Dockerfile', recipe: '', base: '', buildArgs: { A: '1', B: '2' } });
    expect(spec.container).to.deep.include({
      args: ['--fast'],
      command: [],
      ports: [{ name: 'http', containerPort: 3000, protocol: 'tcp', hostPort: 0 }],
      secrets: [{ name: 'backend', path: '/run/headframe/settings/backend', mode: 0o400, onRotate: 'restart' }],
    });
    const path = '/run/headframe/settings/backend';
    expect(spec.container.env).to.deep.equal({ PORT: '3000', THREADS: '2', KEY_FILE: path, OTHER_FILE: path });
    const workload = modelKind.resolve(spec, { workloadId: 1, specRevision: 2 });
    expect(workload).to.deep.include({ kind: 'model', container: spec.container, health: spec.health, build });
  });

  it('is the same again when what came of it is applied, and of one image for one content, by whatever way that came', async () => {
    const first = await complete({ text: DOCKERFILE });
    const [again] = await miners.complete([first], NEVER);
    expect(again).to.deep.equal(first);
    const { digest } = await contents.upload(pieces('ARG BASE=a\n', 'FROM ${BASE}\n'), NEVER);
    const images = [await complete({ upload: digest }), await complete({ url })].map(
      ({ container }) => container.image,
    );
    expect(new Set([...images, first.container.image]).size).to.equal(1);
    expect(first.container.image).to.match(/^headframe\/model-markov:[0-9a-f]{12}$/);
    const other = await complete({ text: DOCKERFILE }, { buildArgs: { BASE: 'b' } });
    expect(other.container.image).to.not.equal(first.container.image);
    const [namesake] = await miners.complete([{ ...specOf({ text: DOCKERFILE }), name: 'other' }], NEVER);
    expect(namesake?.container.image).to.not.contain('markov');
  });

  it('records what a URL gave, and asks for it again only where that may have changed', async () => {
    const spec = await complete({ url });
    specs = [spec];
    const source = spec.model?.source;
    if (source?.kind !== 'url') throw new Error('it has another source');
    expect(source.digest).to.match(/^sha256:/);
    await complete({ url, digest: source.digest });
    expect(fetched).to.equal(1);
    served = 'FROM other\n';
    expect((await complete({ url })).model?.build?.content).to.not.equal(spec.model?.build?.content);
    await refusal({ url: `${url}?v=2`, digest: source.digest }, 'model_digest_mismatch');
    expect(fetched).to.equal(3);
    served = 'x'.repeat(20_000);
    await refusal({ url }, 'model_too_large');
    expect(readdirSync(join(temp.path, 'drafts'))).to.deep.equal([]);
  });

  it('comes from a folder of a commit, once, and not where files of it were left out', async () => {
    const git = { url: 'https://git.example/models.git', commit: COMMIT, folder: 'markov' };
    const spec = await complete({ git });
    specs = [spec];
    expect(await content.file(spec.model?.build?.content ?? '', 'Dockerfile', 100)).to.deep.equal(
      Buffer.from(DOCKERFILE),
    );
    await complete({ git });
    expect(fetched).to.equal(1);
    gitContent = {
      ...gitContent,
      skipped: [
        { path: 'README.link', why: 'symlink' },
        { path: 'markov/w', why: 'too_large' },
      ],
    };
    const other = { ...git, commit: 'd'.repeat(40) };
    expect((await refusal({ git: other }, 'model_source_partial')).message).to.contain('markov/w');
    await refusal({ git: { ...other, folder: 'absent' } }, 'model_folder_missing');
    for (const bad of ['file:///srv/a', 'https://user@host/a', '--upload-pack=x'])
      expect((await refusal({ git: { ...git, url: bad } }, 'manifest_invalid')).violations[0]?.path).to.equal(
        'model.source.git.url',
      );
  });

  it('is refused where it cannot be built, with the field and the line', async () => {
    const noFrom = await refusal({ text: '# a\nRUN true\n' }, 'model_dockerfile_invalid');
    expect([noFrom.violations[0]?.path, noFrom.message.includes('line 2')]).to.deep.equal(['model.source.text', true]);
    const missing = await refusal({ url }, 'model_dockerfile_missing', { dockerfile: 'docker/Dockerfile' });
    expect(missing.violations[0]).to.include({ path: 'model.dockerfile', value: 'docker/Dockerfile' });
    await refusal({ upload: `sha256:${'0'.repeat(64)}` }, 'model_upload_unknown');
    const own = { container: { image: 'other:1', env: { A: 'b' }, args: ['x'] } };
    const made = await refusal({ text: DOCKERFILE }, 'model_field_made', {}, own);
    expect(made.violations.map(({ path }) => path)).to.deep.equal(
      ['image', 'args', 'env'].map((one) => `container.${one}`),
    );
  });

  it('has an upload kept until it is used, for a while, and what miners need for good', async () => {
    const [used, unused] = [
      await contents.upload(pieces(DOCKERFILE), NEVER),
      await contents.upload(pieces('FROM b\n'), NEVER),
    ];
    await content.sweep(() => needed);
    expect(kept().sort()).to.deep.equal([used.digest, unused.digest].sort());
    const spec = await complete({ upload: used.digest });
    needed.add(spec.model?.build?.content ?? '');
    await clock.advanceAsync(15 * MINUTE);
    await content.sweep(() => needed);
    expect(kept()).to.deep.equal([used.digest]);
    await refusal({ upload: unused.digest }, 'model_upload_unknown');
  });

  it('leaves nothing of an upload that stands still, is too large, or is one too many; nor of one of an earlier life', async () => {
    mkdirSync(join(temp.path, 'drafts', 'take-old'), { recursive: true });
    writeFileSync(join(temp.path, 'drafts', 'take-old', 'content.tar'), 'half');
    const over = new AbortController();
    const still = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(DOCKERFILE.repeat(100));
      await new Promise((resolve) => {
        over.signal.addEventListener('abort', resolve);
      });
    };
    const standing = [1, 2, 3, 4].map(() => contents.upload(still(), over.signal).catch((error: unknown) => error));
    await expectReason(contents.upload(pieces(DOCKERFILE), NEVER), 'models_busy');
    await clock.advanceAsync(MINUTE);
    for (const error of await Promise.all(standing))
      expect(error).to.be.instanceOf(HeadframeError).and.to.have.property('reason', 'model_too_slow');
    over.abort();
    await expectReason(contents.upload(pieces('x'.repeat(9_000), 'x'.repeat(9_000)), NEVER), 'model_too_large');
    expect(readdirSync(join(temp.path, 'drafts'))).to.deep.equal([]);
    expect(kept()).to.deep.equal([]);
  });

  it('goes with its rules as any miner does, whatever is left of it to be made', async () => {
    const spec = await complete({ text: DOCKERFILE });
    const parsed = parseManifest(specToFullManifest(spec));
    expect('value' in parsed && parsed.value).to.deep.equal(spec);
  });
});
