/** When a loss of hosts counts as one of many at once. */
export interface MassLossOptions {
  /** More than this part of the hosts, from 0 to 1; 1 never brakes. */
  readonly share: number;
  /** Fleets of fewer hosts are not braked. */
  readonly minHosts: number;
  /** Hosts lost within this time of each other count together, in milliseconds. */
  readonly windowMs: number;
}

/** How long a host has been silent, as far as the brake minds. */
export interface HostSilence {
  readonly id: string;
  /**
   * `here`: heard of late. `missing`: silent, though its lease may still run. `due`: silent for so long that it may be
   * declared lost. `lost`: declared so within the window. `past`: declared lost before, or given up by an operator and not
   * due yet; `abandoned`: given up and due.
   */
  readonly standing: 'here' | 'missing' | 'due' | 'lost' | 'past' | 'abandoned';
}

/** Which silent hosts are to be declared lost, and which are held back because too many fell silent at once. */
export interface LossVerdict {
  readonly braked: boolean;
  readonly lost: readonly string[];
  readonly held: readonly string[];
  /** What the verdict rests on: hosts that count, and those of them that are not here. */
  readonly hosts: number;
  readonly missing: number;
}

/**
 * Judges the silence of all hosts. Pure. The brake takes hold when a host is due while more than the share is away, and
 * lets go as soon as no more than the share is; while it holds, no host is declared lost but those given up by name.
 */
export function judgeLosses(
  silences: readonly HostSilence[],
  wasBraked: boolean,
  { share, minHosts }: MassLossOptions,
): LossVerdict {
  const idsOf = (standing: HostSilence['standing']): string[] =>
    silences.filter((host) => host.standing === standing).map(({ id }) => id);
  const due = idsOf('due');
  const missing = due.length + idsOf('missing').length + idsOf('lost').length;
  const hosts = missing + idsOf('here').length;
  const isMassive = hosts >= minHosts && missing > share * hosts;
  const braked = isMassive && (wasBraked || due.length > 0);
  const abandoned = idsOf('abandoned');
  return { braked, lost: braked ? abandoned : [...abandoned, ...due], held: braked ? due : [], hosts, missing };
}
