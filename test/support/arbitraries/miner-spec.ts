import fc from 'fast-check';
import type { MinerSpec, MountSpec, PortSpec, Probe } from '../../../common/model/miner.js';
import { GRANTABLE_CAPABILITIES } from '../../../common/model/privileges.js';
import { ON_ROTATE_WORDS } from '../../../common/model/secret.js';
import type { SecretRef } from '../../../common/model/secret.js';
import { anyAutoscale } from './autoscale.js';
import type { CountOrPercent } from '../../../common/model/rollout.js';

const lower = Array.from('abcdefghijklmnopqrstuvwxyz');
const word = (max: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...lower), fc.string({ unit: fc.constantFrom(...lower, '0', '9'), maxLength: max - 1 }))
    .map(([first, rest]) => first + rest);
const path = fc.array(word(8), { minLength: 1, maxLength: 3 }).map((steps) => `/${steps.join('/')}`);
const text = fc.string({ maxLength: 40 }).filter((value) => !value.includes('\0'));
const duration = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const bytes = (min: number): fc.Arbitrary<number> => fc.integer({ min, max: 2 ** 50 });
const labels = fc.dictionary(word(20), word(20), { maxKeys: 4 });

const mount: fc.Arbitrary<MountSpec> = fc.oneof(
  fc.record({
    kind: fc.constant('volume' as const),
    target: path,
    readOnly: fc.boolean(),
    volume: word(9).map((w) => `v${w}`),
  }),
  fc.record({ kind: fc.constant('tmpfs' as const), target: path, readOnly: fc.boolean(), sizeBytes: bytes(4096) }),
  fc.record({ kind: fc.constant('hostPath' as const), target: path, readOnly: fc.boolean(), hostPath: path }),
);

// Unique ports by construction: each its own number.
const ports: fc.Arbitrary<PortSpec[]> = fc
  .uniqueArray(
    fc.record({
      containerPort: fc.integer({ min: 1, max: 65_535 }),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      fixed: fc.boolean(),
      named: fc.boolean(),
    }),
    { selector: (port) => port.containerPort, maxLength: 4 },
  )
  .map((drawn) =>
    drawn.map(({ containerPort, protocol, fixed, named }) => ({
      name: named ? `p${containerPort}` : `${protocol}-${containerPort}`,
      containerPort,
      protocol,
      hostPort: fixed ? containerPort : 0,
    })),
  );

const test = fc.oneof(
  fc.record({
    attribute: fc.oneof(
      fc.constantFrom('host.id', 'host.arch'),
      word(9).map((key) => `labels.${key}`),
    ),
    operator: fc.constantFrom('in' as const, 'notIn' as const),
    values: fc.array(word(9), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    attribute: fc.constant('labels.rack'),
    operator: fc.constantFrom('exists' as const, 'notExists' as const),
    values: fc.constant([]),
  }),
  fc.record({
    attribute: fc.constant('labels.slots'),
    operator: fc.constantFrom('greater' as const, 'less' as const),
    values: fc.integer().map((n) => [String(n)]),
  }),
);

const privileges = {
  readOnlyRootFilesystem: fc.constant(true as const),
  capabilities: fc.uniqueArray(fc.constantFrom(...GRANTABLE_CAPABILITIES), { minLength: 1 }),
  devices: fc.uniqueArray(
    path.map((below) => `/dev${below}`),
    { minLength: 1, maxLength: 3 },
  ),
};

const secrets = fc.uniqueArray(
  fc
    .record({
      name: word(20),
      folder: fc.constantFrom('/run/secrets', '/etc/zzz-app/keys'),
      mode: fc.constantFrom(0o400, 0o440, 0o444),
      uid: fc.option(fc.integer({ min: 0, max: 70_000 }), { nil: undefined }),
      onRotate: fc.constantFrom(...ON_ROTATE_WORDS),
    })
    .map(({ name, folder, mode, uid, onRotate }): SecretRef => ({
      ...{ name, path: `${folder}/${name}`, mode, onRotate },
      ...(uid === undefined ? {} : { uid }),
    })),
  { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
);

const probe = (declared: readonly PortSpec[]): fc.Arbitrary<Probe> => {
  const tcp = declared.filter((port) => port.protocol === 'tcp').map((port) => port.containerPort);
  const own: fc.Arbitrary<Probe>[] = [
    fc.record({ kind: fc.constant('exec' as const), command: fc.array(text, { minLength: 1, maxLength: 3 }) }),
    fc.constant({ kind: 'image' }),
  ];
  if (tcp.length === 0) return fc.oneof(...own);
  const port = fc.constantFrom(...tcp);
  return fc.oneof(
    ...own,
    fc.record({ kind: fc.constant('http' as const), port, path }),
    fc.record({ kind: fc.constant('tcp' as const), port }),
  );
};

const container = ports.chain((declared) =>
  fc.record(
    {
      image: fc.tuple(word(9), word(5)).map(([name, tag]) => `${name}/${name}:${tag}`),
      command: fc.array(text, { maxLength: 3 }),
      args: fc.array(text, { maxLength: 3 }),
      env: fc.dictionary(word(9), text, { maxKeys: 4 }),
      ports: fc.constant(declared),
      mounts: fc.uniqueArray(mount, { selector: (one) => one.target, maxLength: 3 }),
      user: fc.constantFrom('', 'nobody', '1000:1000'),
      workdir: fc.oneof(fc.constant(''), path),
      network: fc.constantFrom('bridge' as const, 'host' as const),
      ...privileges,
      secrets,
    },
    { requiredKeys: ['image', 'command', 'args', 'env', 'ports', 'mounts', 'user', 'workdir', 'network'] },
  ),
);

const countOrPercent = (min: number): fc.Arbitrary<CountOrPercent> =>
  fc.oneof(
    fc.record({ kind: fc.constant('count' as const), value: fc.integer({ min, max: 1_000_000 }) }),
    fc.record({ kind: fc.constant('percent' as const), value: fc.integer({ min, max: 100 }) }),
  );

/** Any spec that the manifest schema accepts. */
export const anyMinerSpec: fc.Arbitrary<MinerSpec> = container.chain((section) =>
  fc
    .record({
      kind: fc.constant('container' as const),
      name: word(20),
      namespace: fc.constantFrom('default', 'team-a'),
      labels,
      priority: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(500, 900)),
      replicas: fc.integer({ min: 0, max: 1_000_000 }),
      autoscale: fc.option(anyAutoscale(section.ports), { nil: undefined }),
      container: fc.constant(section),
      resources: fc.record({
        cpuMillis: fc.integer({ min: 10, max: 1_024_000 }),
        memoryBytes: bytes(6 * 2 ** 20),
        diskBytes: bytes(2 ** 20),
        gpus: fc.integer({ min: 0, max: 64 }),
        pids: fc.integer({ min: 0, max: 4_194_304 }),
      }),
      constraints: fc.array(test, { maxLength: 3 }),
      affinities: fc.array(
        fc.tuple(test, fc.integer({ min: 1, max: 100 })).map(([one, weight]) => ({ ...one, weight })),
        { maxLength: 3 },
      ),
      strategy: fc.oneof(
        fc.record({
          kind: fc.constantFrom('balance' as const, 'consolidate' as const),
          spreadBy: fc.constant(''),
          perHostCap: fc.integer({ min: 0, max: 9 }),
        }),
        fc.record({
          kind: fc.constant('spread' as const),
          spreadBy: fc.constantFrom('', 'rack'),
          perHostCap: fc.constant(0),
        }),
      ),
      health: fc.option(
        fc.record({
          probe: probe(section.ports),
          startPeriodMs: duration(0, 86_400_000),
          intervalMs: duration(100, 3_600_000),
          timeoutMs: duration(100, 600_000),
          retries: fc.integer({ min: 1, max: 100 }),
        }),
        { nil: undefined },
      ),
      restart: fc.record({
        condition: fc.constantFrom('always' as const, 'onFailure' as const, 'never' as const),
        maxAttempts: fc.integer({ min: 0, max: 1000 }),
        windowMs: duration(1000, 604_800_000),
        backoffMs: duration(10, 1000),
        maxBackoffMs: duration(1000, 3_600_000),
      }),
      onDisconnect: fc.constantFrom('keep' as const, 'stop' as const),
      identity: fc.constantFrom('', 'hotkey/one'),
      stopGraceMs: duration(0, 86_400_000),
      pullPolicy: fc.constantFrom('ifNotPresent' as const, 'always' as const, 'never' as const),
      update: fc.record({
        maxUnavailable: countOrPercent(1),
        maxSurge: countOrPercent(0),
        minHealthyMs: duration(0, 60_000),
        progressDeadlineMs: fc.oneof(fc.constant(0), duration(60_001, 604_800_000)),
        autoRollback: fc.boolean(),
      }),
      retry: fc.record({ maxFailures: fc.integer({ min: 0, max: 100 }), windowMs: duration(1000, 604_800_000) }),
    })
    .map((spec) =>
      spec.identity === ''
        ? spec
        : {
            ...spec,
            replicas: spec.replicas % 2,
            autoscale: undefined,
            onDisconnect: 'stop' as const,
            update: { ...spec.update, maxSurge: { kind: 'count' as const, value: 0 } },
          },
    ),
);
