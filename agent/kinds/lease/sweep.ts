/** What is there of leases on a host, by the serial each thing is marked with. */
export interface LeaseRemains {
  /** Folders of the agent's. */
  readonly grounds: readonly number[];
  /** Networks of the engine, by name. */
  readonly networks: readonly { readonly name: string; readonly serial: number }[];
  /** Places where file systems of leases are mounted. */
  readonly mounts: readonly { readonly path: string; readonly image: string; readonly serial: number }[];
}

/** One thing to free. */
export type SweepStep =
  | { readonly kind: 'unmount'; readonly path: string; readonly serial: number }
  | { readonly kind: 'removeNetwork'; readonly name: string; readonly serial: number }
  | { readonly kind: 'removeGround'; readonly serial: number };

/**
 * What no held lease owns, in the order in which it can go. `held` names every instance that is assigned to this host, kept
 * for its logs, or has a container on the engine: nothing of those is ever touched. Pure.
 */
export function planSweep(remains: LeaseRemains, held: ReadonlySet<number>): SweepStep[] {
  const free = ({ serial }: { readonly serial: number }): boolean => !held.has(serial);
  return [
    ...remains.mounts.filter(free).map(({ path, serial }) => ({ kind: 'unmount' as const, path, serial })),
    ...remains.networks.filter(free).map(({ name, serial }) => ({ kind: 'removeNetwork' as const, name, serial })),
    ...remains.grounds
      .filter((serial) => !held.has(serial))
      .map((serial) => ({ kind: 'removeGround' as const, serial })),
  ];
}

/** File systems of leases that are mounted, from the text of `/proc/self/mountinfo`-like pairs of device file and mount point. Pure. */
export function leaseMountsOf(
  mounts: readonly { readonly source: string; readonly target: string }[],
  folder: string,
): LeaseRemains['mounts'] {
  return mounts.flatMap(({ source, target }) => {
    const match = source.startsWith(`${folder}/`) ? /^(\d+)\/disk\.img$/.exec(source.slice(folder.length + 1)) : null;
    return match === null ? [] : [{ path: target, image: source, serial: Number(match[1]) }];
  });
}
