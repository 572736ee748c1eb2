import { expect } from 'chai';
import { parseManifest, specToManifest } from '../../../../../common/model/manifest/index.js';
import { minerSpecFromWire, minerSpecToWire } from '../../../../../common/wire/client.js';

const HTTP = { port: 'status', metric: 'queue', target: 5 };
const TOTAL = { subject: 'work.queue', per: 'total', target: 5 };

function manifest(autoscale: object, rest: object = {}): object {
  const ports = [{ name: 'status', container: 9100 }];
  return { kind: 'container', name: 'alpha', container: { image: 'busybox', ports }, autoscale, ...rest };
}

function violationsOf(autoscale: object, rest: object = {}): { path: string; hasRemedy: boolean }[] {
  const checked = parseManifest(manifest(autoscale, rest));
  if (!('violations' in checked)) return [];
  return checked.violations.map(({ path, remedy }) => ({ path, hasRemedy: remedy !== undefined }));
}

describe('autoscale in a manifest', () => {
  it('has the defaults that users of other autoscalers expect', () => {
    const checked = parseManifest(manifest({ max: 5, metrics: [{ cpu: 70 }] }));
    expect('value' in checked ? checked.value.autoscale : checked).to.deep.equal({
      min: 1,
      max: 5,
      metrics: [{ kind: 'cpu', target: 70 }],
      tolerancePercent: 10,
      scaleUp: { stabilisationMs: 0, cooldownMs: 0, maxStep: { count: 4, percent: 100, periodMs: 15_000 } },
      scaleDown: { stabilisationMs: 300_000, cooldownMs: 0, maxStep: { count: 0, percent: 100, periodMs: 15_000 } },
    });
  });

  it('takes a step limit as it is given, not mixed with the default', () => {
    const checked = parseManifest(manifest({ max: 5, metrics: [{ cpu: 70 }], scaleUp: { maxStep: { count: 1 } } }));
    const maxStep = 'value' in checked ? checked.value.autoscale?.scaleUp.maxStep : undefined;
    expect(maxStep).to.deep.equal({ count: 1, percent: 0, periodMs: 15_000 });
  });

  it('takes a port by name or number, and a value of Prometheus or JSON', () => {
    expect(
      violationsOf({
        max: 2,
        metrics: [{ http: HTTP }, { http: { port: 9100, json: 'queue.waiting[0].n', target: 1 } }],
      }),
    ).to.deep.equal([]);
  });

  it('allows no replica at all where a total tells the load', () => {
    expect(violationsOf({ min: 0, max: 2, metrics: [{ nats: TOTAL }, { cpu: 50 }] })).to.deep.equal([]);
  });

  it('follows what a model is asked, and comes back as it was', () => {
    const autoscale = { min: 0, max: 2, metrics: [{ requests: 20 }, { latency: '1500ms' }] };
    const model = { kind: 'model', name: 'tiny', model: { source: { text: 'FROM scratch\n' }, port: 80 }, autoscale };
    const checked = parseManifest(model);
    if ('violations' in checked) throw new Error(JSON.stringify(checked.violations));
    expect(checked.value.autoscale?.metrics).to.deep.equal([
      { kind: 'requests', target: 20 },
      { kind: 'latency', target: 1500 },
    ]);
    expect(parseManifest(specToManifest(checked.value))).to.deep.equal(checked);
    const { autoscale: wired } = minerSpecFromWire(minerSpecToWire(checked.value));
    expect(wired).to.deep.equal(checked.value.autoscale);
    expect(violationsOf(autoscale).map(({ path }) => path)).to.deep.equal([
      'autoscale.metrics[0].requests',
      'autoscale.metrics[1].latency',
    ]);
  });

  const metrics = [{ cpu: 50 }];
  const refusals: readonly [string, object, string, object?][] = [
    ['bounds that cross', { min: 3, max: 2, metrics }, 'autoscale.min'],
    ['no replica without a total', { min: 0, max: 2, metrics }, 'autoscale.min'],
    ['no metric of two in one entry', { max: 2, metrics: [{ cpu: 50, memory: 50 }] }, 'autoscale.metrics[0]'],
    ['the same metric twice', { max: 2, metrics: [{ cpu: 50 }, { cpu: 60 }] }, 'autoscale.metrics[1]'],
    ['a value by two names', { max: 2, metrics: [{ http: { ...HTTP, json: 'a' } }] }, 'autoscale.metrics[0].http'],
    ['a value without a name', { max: 2, metrics: [{ http: { port: 9100, target: 1 } }] }, 'autoscale.metrics[0].http'],
    [
      'a port that is not declared',
      { max: 2, metrics: [{ http: { ...HTTP, port: 80 } }] },
      'autoscale.metrics[0].http.port',
    ],
    [
      'a port name that is not declared',
      { max: 2, metrics: [{ http: { ...HTTP, port: 'other' } }] },
      'autoscale.metrics[0].http.port',
    ],
    [
      'a total of many subjects',
      { max: 2, metrics: [{ nats: { ...TOTAL, subject: 'work.*' } }] },
      'autoscale.metrics[0].nats.subject',
    ],
    ['more than one with an identity', { max: 2, metrics }, 'autoscale.max', { identity: 'key' }],
  ];
  for (const [title, autoscale, path, rest] of refusals)
    it(`refuses ${title}, with a remedy`, () => {
      expect(violationsOf(autoscale, rest)).to.deep.equal([{ path, hasRemedy: true }]);
    });

  for (const subject of [
    '*',
    '>',
    '*.queue',
    '$SYS.x',
    'headframe.v1.metrics.host.a',
    'headframe',
    'a b',
    'a..b',
    'a.>.b',
    'a.b*',
    '.a',
    '',
  ])
    it(`refuses the subject ${JSON.stringify(subject)}`, () => {
      const paths = violationsOf({ max: 2, metrics: [{ nats: { subject, target: 1 } }] }).map(({ path }) => path);
      expect(paths).to.deep.equal(['autoscale.metrics[0].nats.subject']);
    });

  for (const subject of ['work', 'work.*', 'work.*.load', 'work.>', 'headframes.load'])
    it(`takes the subject ${subject}`, () => {
      expect(violationsOf({ max: 2, metrics: [{ nats: { subject, target: 1 } }] })).to.deep.equal([]);
    });

  for (const field of ['', '.a', 'a.', 'a..b', 'a[x]', '__proto__[', 'a b'])
    it(`refuses the path ${JSON.stringify(field)}`, () => {
      expect(violationsOf({ max: 2, metrics: [{ nats: { ...TOTAL, field } }] })).to.have.lengthOf(1);
    });
});
