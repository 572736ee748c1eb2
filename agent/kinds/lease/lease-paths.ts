/** Where a lease's container finds its files, all read-only. */
export const LEASE_PATHS = {
  /** Folder of the files below. */
  files: '/run/headframe/lease',
  /** Folder of the SSH server that is lent to images without one. */
  server: '/run/headframe/ssh-server',
  hostKeyFolder: '/run/headframe/ssh',
  hostKey: '/run/headframe/ssh/host_key',
} as const;
