import { expect } from 'chai';
import { parseManifest, parseManifests } from '../../../../../common/model/manifest/index.js';
import type { ParsedManifests } from '../../../../../common/model/manifest/index.js';

const smallest = { kind: 'container', name: 'xmr', container: { image: 'xmr:1' } };

/** Paths of everything wrong with the smallest manifest after this change. */
function wrongPaths(change: object): string[] {
  const result = parseManifest({ ...smallest, ...change });
  return 'violations' in result ? result.violations.map((violation) => violation.path) : [];
}

function wrongInContainer(change: object): string[] {
  return wrongPaths({ container: { image: 'xmr:1', ...change } });
}

function violationsOf(result: ParsedManifests): { document: string | undefined; path: string }[] {
  return 'specs' in result ? [] : result.violations.map(({ document, path }) => ({ document, path }));
}

describe('a manifest', () => {
  it('is filled with every default', () => {
    const result = parseManifest(smallest);
    expect(result).to.deep.equal({
      value: {
        kind: 'container',
        name: 'xmr',
        namespace: 'default',
        labels: {},
        priority: 500,
        replicas: 1,
        autoscale: undefined,
        container: {
          image: 'xmr:1',
          command: [],
          args: [],
          env: {},
          ports: [],
          mounts: [],
          user: '',
          workdir: '',
          network: 'bridge',
        },
        resources: { cpuMillis: 2000, memoryBytes: 512 * 2 ** 20, diskBytes: 5 * 2 ** 30, gpus: 0, pids: 0 },
        constraints: [],
        affinities: [],
        strategy: { kind: 'balance', spreadBy: '', perHostCap: 0 },
        health: undefined,
        restart: { condition: 'always', maxAttempts: 10, windowMs: 600_000, backoffMs: 100, maxBackoffMs: 60_000 },
        onDisconnect: 'keep',
        identity: '',
        stopGraceMs: 10_000,
        pullPolicy: 'ifNotPresent',
        update: {
          maxUnavailable: { kind: 'percent', value: 25 },
          maxSurge: { kind: 'count', value: 0 },
          minHealthyMs: 5000,
          progressDeadlineMs: 600_000,
          autoRollback: false,
        },
        retry: { maxFailures: 10, windowMs: 21_600_000 },
      },
    });
  });

  it('stops by default when cut off with an identity', () => {
    const result = parseManifest({ ...smallest, identity: 'k' });
    expect('value' in result && result.value.onDisconnect).to.equal('stop');
  });

  const refused: [string, object, string[]][] = [
    ['a missing section', { container: undefined }, ['container']],
    ['an unknown kind', { kind: 'pod' }, ['kind']],
    ['a name in capitals', { name: 'Xmr' }, ['name']],
    ['a name too long', { name: 'x'.repeat(64) }, ['name']],
    ['a priority out of range', { priority: 1001 }, ['priority']],
    ['an unknown priority class', { priority: 'hihg' }, ['priority']],
    ['half a replica', { replicas: 1.5 }, ['replicas']],
    ['more than a million replicas', { replicas: 1_000_001 }, ['replicas']],
    [
      'too much CPU and too little memory',
      { resources: { cpu: 2000, memory: '1MiB' } },
      ['resources.cpu', 'resources.memory'],
    ],
    ['a duration without a unit', { stopGrace: 30 }, ['stopGrace']],
    ['a label with a bad key', { labels: { 'a b': 'c' } }, ['labels["a b"]']],
    [
      'a constraint on nothing known',
      { constraints: [{ attribute: 'rack', values: ['a'] }] },
      ['constraints[0].attribute'],
    ],
    [
      'a proof of what there is none for',
      { constraints: [{ attribute: 'host.verified', values: ['cpu', 'ram'] }] },
      ['constraints[0].values'],
    ],
    [
      'a comparison of proofs',
      { constraints: [{ attribute: 'host.verified', operator: 'greater', values: [1] }] },
      ['constraints[0].values'],
    ],
    ['a constraint without values', { constraints: [{ attribute: 'labels.a' }] }, ['constraints[0].values']],
    [
      'a weight of nothing',
      { affinities: [{ attribute: 'host.os', values: ['linux'], weight: 0 }] },
      ['affinities[0].weight'],
    ],
    ['a spread label without spread', { strategy: { spreadBy: 'rack' } }, ['strategy.spreadBy']],
    ['two probes', { health: { image: true, exec: { command: ['x'] } } }, ['health']],
    ['no probe', { health: {} }, ['health']],
    ['a probe of an undeclared port', { health: { tcp: { port: 80 } } }, ['health.tcp.port']],
    ['a backoff above its maximum', { restart: { backoff: '2m' } }, ['restart.maxBackoff']],
    ['an identity with replicas', { identity: 'k', replicas: 2 }, ['replicas']],
    ['an identity that would be kept', { identity: 'k', onDisconnect: 'keep' }, ['onDisconnect']],
    [
      'unknown fields at several depths',
      { replica: 2, resources: { cpus: 1 }, restart: { when: 'x' } },
      ['resources.cpus', 'restart.when', 'replica'],
    ],
  ];
  for (const [title, change, paths] of refused) {
    it(`is refused with ${title}`, () => expect(wrongPaths(change)).to.have.members(paths));
  }

  const refusedInContainer: [string, object, string[]][] = [
    ['an image in capitals', { image: 'Xmr:1' }, ['container.image']],
    ['an environment value that is no text', { env: { PORT: 8080 } }, ['container.env.PORT']],
    ['a reserved variable', { env: { HEADFRAME_X: '1' } }, ['container.env.HEADFRAME_X']],
    ['a NUL in an argument', { args: ['a\0b'] }, ['container.args[0]']],
    ['an argument over 32 KiB', { args: ['x'.repeat(32 * 1024 + 1)] }, ['container.args[0]']],
    ['too much text in all', { args: Array<string>(9).fill('x'.repeat(32 * 1024)) }, ['container']],
    [
      'more than 500 variables',
      { env: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`V${i}`, ''])) },
      ['container.env'],
    ],
    ['a port without a number', { ports: [{ name: 'a' }] }, ['container.ports[0].container']],
    [
      'a port named twice',
      {
        ports: [
          { name: 'a', container: 1 },
          { name: 'a', container: 2 },
        ],
      },
      ['container.ports[1].name'],
    ],
    [
      'a host port taken twice',
      {
        ports: [
          { container: 1, host: 80 },
          { container: 2, host: 80 },
        ],
      },
      ['container.ports[1].host'],
    ],
    ['ports without a network', { network: 'none', ports: [{ container: 1 }] }, ['container.ports']],
    [
      'a translated port in the host network',
      { network: 'host', ports: [{ container: 1, host: 80 }] },
      ['container.ports[0].host'],
    ],
    ['a mount without a source', { mounts: [{ target: '/a' }] }, ['container.mounts[0]']],
    ['a mount with two sources', { mounts: [{ target: '/a', volume: 'vv', tmpfs: '1MiB' }] }, ['container.mounts[0]']],
    ['a mount that climbs', { mounts: [{ target: '/a/../b', volume: 'vv' }] }, ['container.mounts[0].target']],
    ['a mount over the root', { mounts: [{ target: '/', volume: 'vv' }] }, ['container.mounts[0].target']],
    [
      'two mounts at one target',
      {
        mounts: [
          { target: '/a', volume: 'vv' },
          { target: '/a', volume: 'ww' },
        ],
      },
      ['container.mounts'],
    ],
  ];
  for (const [title, change, paths] of refusedInContainer) {
    it(`is refused with ${title}`, () => expect(wrongInContainer(change)).to.have.members(paths));
  }

  const accepted: [string, object][] = [
    [
      'the same host port in two protocols',
      {
        ports: [
          { container: 53, host: 53 },
          { container: 53, host: 53, protocol: 'udp' },
        ],
      },
    ],
    ['containerPort as in other tools', { ports: [{ name: 'http', containerPort: 80 }] }],
    ['a digest', { image: `registry.example:5000/a/b@sha256:${'0'.repeat(64)}` }],
    ['an automatic port in the host network', { network: 'host', ports: [{ container: 80 }] }],
  ];
  for (const [title, change] of accepted) {
    it(`is accepted with ${title}`, () => expect(wrongInContainer(change)).to.deep.equal([]));
  }

  it('is accepted with a probe of any port in the host network', () => {
    const change = { container: { image: 'a', network: 'host' }, health: { http: { port: 80 } } };
    expect(wrongPaths(change)).to.deep.equal([]);
  });

  it('is told the field or value that was probably meant', () => {
    const result = parseManifest({ ...smallest, replica: 2, pullPolicy: 'IfNotPresent', resources: { cpus: 1 } });
    const remedies = 'violations' in result ? result.violations.map(({ path, remedy }) => [path, remedy]) : [];
    expect(remedies).to.have.deep.members([
      ['replica', 'Did you mean "replicas"?'],
      ['pullPolicy', 'Did you mean "ifNotPresent"?'],
      ['resources.cpus', 'Did you mean "cpu"?'],
    ]);
  });

  it('is shown its refused value, shortened', () => {
    const result = parseManifest({ ...smallest, name: 'X'.repeat(1000) });
    const value = 'violations' in result ? result.violations[0]?.value : undefined;
    expect(value).to.have.length(80);
  });

  for (const data of [null, 5, 'text', [], true]) {
    it(`is refused when it is ${JSON.stringify(data)}`, () => {
      const result = parseManifest(data);
      expect('violations' in result && result.violations.map(({ path }) => path)).to.deep.equal(['']);
    });
  }
});

describe('manifest files', () => {
  const one = (name: string, more = ''): string =>
    `kind: container\nname: ${name}\ncontainer: {image: "xmr:1"}\n${more}`;

  it('may hold several documents, YAML or JSON, and empty ones', () => {
    const result = parseManifests([
      { name: 'a.yaml', text: `${one('a')}---\n---\n# nothing\n---\n${one('b')}` },
      { name: 'c.json', text: JSON.stringify({ ...smallest, name: 'c' }) },
    ]);
    expect('specs' in result && result.specs.map((spec) => spec.name)).to.deep.equal(['a', 'b', 'c']);
  });

  it('are refused with every error of all of them at once', () => {
    const result = parseManifests([
      { name: 'a.yaml', text: `${one('a', 'replicas: -1\n')}---\n${one('B', 'priority: 5000\n')}` },
      { name: 'b.yaml', text: one('c', 'replcias: 1\n') },
      { name: 'd.yaml', text: 'a: [1\n' },
    ]);
    expect(violationsOf(result)).to.have.deep.members([
      { document: 'a.yaml#1', path: 'replicas' },
      { document: 'a.yaml#2', path: 'name' },
      { document: 'a.yaml#2', path: 'priority' },
      { document: 'b.yaml#1', path: 'replcias' },
      { document: 'd.yaml#1', path: 'line 2, column 1' },
    ]);
  });

  it('may not name a miner twice, not even in another file', () => {
    const files = ['a.yaml', 'b.yaml'].map((name) => ({ name, text: one('same') }));
    expect(violationsOf(parseManifests(files))).to.deep.equal([{ document: 'b.yaml#1', path: 'name' }]);
  });

  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map(
      (key, i) =>
        `${key}: &${key} [${Array(9)
          .fill(`*${'abcdefgh'.charAt(i)}`)
          .join()}]`,
    ),
  ].join('\n');
  const hostile: [string, string][] = [
    ['a key given twice', 'kind: container\nkind: container\n'],
    ['an unknown tag', 'kind: !!js/function "x"\n'],
    ['growing aliases', bomb],
    ['an alias within itself', 'a: &a [*a]\n'],
    ['an unknown alias', 'a: *b\n'],
    ['nesting without end', '['.repeat(100_000)],
    ['more than 1 MiB', `# ${'x'.repeat(2 ** 20)}\n${one('a')}`],
    ['a prototype key', one('a', '__proto__: {replicas: 3}\n')],
    ['nothing in it', '# nothing\n'],
    ['binary rubbish', '\0\u0001\u0002'],
  ];
  for (const [title, text] of hostile) {
    it(`are refused with ${title}`, () => {
      const documents = violationsOf(parseManifests([{ name: 'x.yaml', text }])).map(({ document }) => document);
      expect(documents).to.not.be.empty;
      expect(documents.every((document) => document?.startsWith('x.yaml'))).to.equal(true);
    });
  }
});
