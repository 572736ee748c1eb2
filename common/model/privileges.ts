/**
 * Capabilities that a container may be given beyond the default set, where both the coordinator's policy and the agent
 * allow them. Those that are the whole host to who holds them (SYS_ADMIN, SYS_MODULE, SYS_RAWIO, DAC_READ_SEARCH, BPF and
 * their like) are not among them: nothing can grant those.
 */
export const GRANTABLE_CAPABILITIES = [
  'AUDIT_WRITE',
  'IPC_LOCK',
  'MKNOD',
  'NET_ADMIN',
  'NET_RAW',
  'SETFCAP',
  'SETPCAP',
  'SYS_NICE',
  'SYS_PTRACE',
  'SYS_RESOURCE',
] as const;

/**
 * Paths of a host that no container ever sees, nor a folder above or below them: who reaches the engine's socket or its
 * data is root on the host.
 */
export const FORBIDDEN_HOST_PATHS = [
  '/run/docker.sock',
  '/var/run/docker.sock',
  '/run/containerd',
  '/var/run/containerd',
  '/run/podman',
  '/var/run/podman',
  '/var/lib/docker',
  '/var/lib/containerd',
] as const;

/** Whether `path` is `root` or lies below it; both absolute, without `.`, `..` and links. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}
