import { HeadframeError } from '../../common/model/error.js';
import type { FieldViolation } from '../../common/model/error.js';
import type { MinerSpec, MountSpec } from '../../common/model/miner.js';
import { FORBIDDEN_HOST_PATHS, isWithin } from '../../common/model/privileges.js';
import type { Grant, HostPolicy } from './policy.js';

/** What of a spec the policy does not grant its namespace, in the words of the manifest; empty when all is granted. Pure. */
export function judgeSpec({ namespace, container }: MinerSpec, policy: HostPolicy): FieldViolation[] {
  const own = Object.hasOwn(policy.namespaces, namespace) ? policy.namespaces[namespace] : undefined;
  const grant = own ?? policy.default;
  const remedy = `Leave it out, or have ${own === undefined ? 'default' : `namespaces.${namespace}`} of the coordinator's policy file grant it.`;
  const denied: FieldViolation[] = container.mounts.flatMap((mount, index) =>
    judgeMount(mount, grant).map((one) => ({ remedy, ...one, path: `container.mounts[${String(index)}].${one.path}` })),
  );
  (container.devices ?? []).forEach((device, index) => {
    if (grant.devices.some((root) => isWithin(device, root))) return;
    const expected = `a device that the policy grants the namespace ${namespace}: ${listOf(grant.devices)}`;
    denied.push({ path: `container.devices[${String(index)}]`, value: device, expected, remedy });
  });
  const capabilities: readonly string[] = grant.capabilities;
  (container.capabilities ?? []).forEach((name, index) => {
    if (capabilities.includes(name)) return;
    const expected = `a capability that the policy grants the namespace ${namespace}: ${listOf(capabilities)}`;
    denied.push({ path: `container.capabilities[${String(index)}]`, value: name, expected, remedy });
  });
  if (container.network === 'host' && !grant.hostNetwork)
    denied.push({ path: 'container.network', value: 'host', expected: 'bridge or none in this namespace', remedy });
  return denied;
}

/** Throws `HeadframeError` (permission_denied, 'policy_denied') when the policy does not grant all that the specs ask for. */
export function requireGranted(specs: readonly MinerSpec[], policy: HostPolicy): void {
  const denied = specs.flatMap((spec, index) => {
    const document = specs.length === 1 ? spec.name : `${spec.name} (miners[${String(index)}])`;
    return judgeSpec(spec, policy).map((one) => ({ document, ...one }));
  });
  if (denied.length === 0) return;
  throw new HeadframeError({
    code: 'permission_denied',
    reason: 'policy_denied',
    message: `${String(denied.length)} ${denied.length === 1 ? 'value is' : 'values are'} beyond what the policy grants; nothing was applied`,
    remedy: "Leave them out, or have the coordinator's policy file (policyFile) grant them.",
    violations: denied,
  });
}

function judgeMount(mount: MountSpec, grant: Grant): FieldViolation[] {
  if (mount.kind !== 'hostPath') return [];
  const { hostPath, readOnly } = mount;
  const found = { path: 'hostPath', value: hostPath };
  if (FORBIDDEN_HOST_PATHS.some((never) => isWithin(hostPath, never) || isWithin(never, hostPath))) {
    const remedy = 'Leave it out: no policy can grant it.';
    return [{ ...found, expected: "a path apart from the container engine's own", remedy }];
  }
  if (grant.hostPaths.some((root) => isWithin(hostPath, root))) return [];
  const reading = grant.readOnlyHostPaths.some((root) => isWithin(hostPath, root));
  if (!reading)
    return [
      {
        ...found,
        expected: `a path that the policy grants: ${listOf([...grant.hostPaths, ...grant.readOnlyHostPaths])}`,
      },
    ];
  return readOnly ? [] : [{ path: 'readOnly', value: 'false', expected: `true for ${hostPath}` }];
}

function listOf(granted: readonly string[]): string {
  return granted.length === 0 ? 'none' : granted.slice(0, 10).join(', ');
}
