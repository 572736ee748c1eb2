import { expect } from 'chai';
import fc from 'fast-check';
import { HeadframeError } from '../../../../common/model/error.js';
import type { ContainerSpec, MinerSpec } from '../../../../common/model/miner.js';
import { GRANTABLE_CAPABILITIES } from '../../../../common/model/privileges.js';
import { requireGranted, judgeSpec } from '../../../../coordinator/policy/judge.js';
import { DEFAULT_POLICY, parsePolicy } from '../../../../coordinator/policy/policy.js';
import type { Grant, HostPolicy } from '../../../../coordinator/policy/policy.js';
import { anyMinerSpec } from '../../../support/arbitraries/miner-spec.js';
import { buildAssignment } from '../../../support/build-assignment.js';

const NOTHING: Grant = { readOnlyHostPaths: [], hostPaths: [], devices: [], capabilities: [], hostNetwork: false };

const [base] = fc.sample(anyMinerSpec, { numRuns: 1, seed: 1 });

function specOf(container: Partial<ContainerSpec>, namespace = 'default'): MinerSpec {
  if (base === undefined) throw new Error('no spec was drawn');
  const plain = { ...buildAssignment({}).workload.container, network: 'bridge' } as const;
  return { ...base, namespace, container: { ...plain, ...container } };
}

const pathsOf = (spec: MinerSpec, policy: HostPolicy): string[] => judgeSpec(spec, policy).map(({ path }) => path);
const granting = (grant: Partial<Grant>): HostPolicy => ({ default: { ...NOTHING, ...grant }, namespaces: {} });
const hostPath = (path: string, readOnly = false): Partial<ContainerSpec> => ({
  mounts: [{ kind: 'hostPath', hostPath: path, target: '/x', readOnly }],
});

const anyGrant: fc.Arbitrary<Grant> = fc.record({
  readOnlyHostPaths: fc.subarray(['/a', '/data', '/b/c']),
  hostPaths: fc.subarray(['/a', '/data/x']),
  devices: fc.subarray(['/dev/a', '/dev/b']),
  capabilities: fc.subarray([...GRANTABLE_CAPABILITIES]),
  hostNetwork: fc.boolean(),
});

const somePath = fc.constantFrom('/a', '/a/x', '/ab', '/data', '/data/x/y', '/b', '/b/c', '/var/run');

const anyAsking: fc.Arbitrary<Partial<ContainerSpec>> = fc.record({
  mounts: fc.array(
    fc.record({
      kind: fc.constant('hostPath' as const),
      hostPath: somePath,
      target: fc.constant('/x'),
      readOnly: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
  devices: fc.array(fc.constantFrom('/dev/a', '/dev/a/1', '/dev/ab', '/dev/c'), { maxLength: 1 }),
  capabilities: fc.array(fc.constantFrom(...GRANTABLE_CAPABILITIES), { maxLength: 1 }),
  network: fc.constantFrom('bridge' as const, 'host' as const),
});

describe('what the policy lets a miner ask for', () => {
  it('is by default no device and no capability, and of paths and network what the agents allow', () => {
    const asking = {
      ...hostPath('/data'),
      network: 'host',
      devices: ['/dev/fuse'],
      capabilities: ['NET_RAW'],
    } as const;
    expect(pathsOf(specOf(asking), DEFAULT_POLICY)).to.deep.equal([
      'container.devices[0]',
      'container.capabilities[0]',
    ]);
  });

  it('is with a policy file nothing that is not granted', () => {
    const asking = {
      ...hostPath('/data'),
      network: 'host',
      devices: ['/dev/fuse'],
      capabilities: ['NET_RAW'],
    } as const;
    const policy = parsePolicy({ name: 'policy.yaml', text: '{}' });
    expect(pathsOf(specOf(asking), policy)).to.deep.equal([
      'container.mounts[0].hostPath',
      'container.devices[0]',
      'container.capabilities[0]',
      'container.network',
    ]);
    expect(pathsOf(specOf({}), policy)).to.deep.equal([]);
  });

  it('is what its own namespace is granted, in place of what all are', () => {
    const policy: HostPolicy = {
      default: { ...NOTHING, hostNetwork: true },
      namespaces: { trusted: { ...NOTHING, capabilities: ['NET_RAW'] } },
    };
    const raw = { capabilities: ['NET_RAW'] };
    expect(pathsOf(specOf(raw, 'trusted'), policy)).to.deep.equal([]);
    expect(pathsOf(specOf(raw, 'default'), policy)).to.deep.equal(['container.capabilities[0]']);
    expect(pathsOf(specOf({ network: 'host' }, 'trusted'), policy)).to.deep.equal(['container.network']);
    expect(pathsOf(specOf({ network: 'host' }, 'constructor'), policy)).to.deep.equal([]);
  });

  it('tells reading from writing', () => {
    const policy = granting({ readOnlyHostPaths: ['/data'] });
    expect(pathsOf(specOf(hostPath('/data/x', true)), policy)).to.deep.equal([]);
    expect(pathsOf(specOf(hostPath('/data/x')), policy)).to.deep.equal(['container.mounts[0].readOnly']);
    expect(pathsOf(specOf(hostPath('/data-2', true)), policy)).to.deep.equal(['container.mounts[0].hostPath']);
  });

  for (const path of ['/run/docker.sock', '/var/run', '/run', '/var', '/var/lib/docker/overlay2', '/run/containerd/x'])
    it(`is never ${path}`, () => {
      expect(pathsOf(specOf(hostPath(path, true)), granting({ hostPaths: ['/', path] }))).to.deep.equal([
        'container.mounts[0].hostPath',
      ]);
    });

  it('is never more than its grant, whatever the manifest says', () => {
    fc.assert(
      fc.property(anyAsking, anyGrant, anyGrant, (asking, own, others) => {
        const spec = specOf(asking);
        const policy = { default: own, namespaces: { [`${spec.namespace}-2`]: others } };
        if (judgeSpec(spec, policy).length > 0) return;
        const { container } = spec;
        expect(own.capabilities).to.include.members([...(container.capabilities ?? [])]);
        for (const device of container.devices ?? [])
          expect(own.devices.some((root) => `${device}/`.startsWith(`${root}/`))).to.equal(true);
        for (const mount of container.mounts) {
          if (mount.kind !== 'hostPath') continue;
          const roots = mount.readOnly ? [...own.hostPaths, ...own.readOnlyHostPaths] : own.hostPaths;
          expect(roots.some((root) => `${mount.hostPath}/`.startsWith(`${root}/`))).to.equal(true);
        }
        if (container.network === 'host') expect(own.hostNetwork).to.equal(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused with every field, value and remedy at once', () => {
    const specs = [specOf({ devices: ['/dev/fuse'] }), specOf({ network: 'host' })];
    const refused = refusalOf(() => requireGranted(specs, granting({})));
    expect(refused).to.include({ code: 'permission_denied', reason: 'policy_denied' });
    expect(refused.violations.map(({ path, value }) => [path, value])).to.deep.equal([
      ['container.devices[0]', '/dev/fuse'],
      ['container.network', 'host'],
    ]);
    expect(refused.violations.every(({ remedy }) => remedy !== undefined)).to.equal(true);
  });

  for (const [text, path] of [
    ['defualt: {}', 'defualt'],
    ['default: {capabilities: [SYS_ADMIN]}', 'default.capabilities[0]'],
    ['default: {hostPaths: [data]}', 'default.hostPaths[0]'],
    ['namespaces: {a: {devices: [/dev/../etc]}}', 'namespaces.a.devices[0]'],
    ['', ''],
  ] as const)
    it(`is not read from "${text}"`, () => {
      const refused = refusalOf(() => parsePolicy({ name: 'policy.yaml', text }));
      expect(refused.reason).to.equal('policy_invalid');
      expect(refused.violations.map((one) => one.path)).to.deep.equal([path]);
    });
});

function refusalOf(act: () => void): HeadframeError {
  try {
    act();
  } catch (error) {
    if (error instanceof HeadframeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
