/** As which message a won block goes to the node. */
export const SPACE_ANNOUNCES = ['Block', 'NewBlock', 'both'] as const;

/** A space miner of a fleet: its hosts scan their plots, the coordinator speaks with the node and signs. */
export interface SpaceSpec {
  /** Image with this program as its entrypoint. */
  readonly image: string;
  /** `host:port` each; one is connected at a time. */
  readonly nodes: readonly string[];
  /** Whether nodes are spoken with by TLS alone. */
  readonly tls: boolean;
  /** PEM certificates by which nodes are known with TLS; '' means those that Node.js trusts. */
  readonly authorities: string;
  /** Name of the secret of the miner's namespace that holds the 32 bytes of the private key; no host is given it. */
  readonly key: string;
  /** The compressed public key, 66 small hexadecimal digits: hosts scan for whoever signs by it. */
  readonly minerId: string;
  /** Folders of plots on each host, on a disk of its own each. */
  readonly folders: readonly string[];
  /** From a challenge to its proof, in milliseconds. */
  readonly deadlineMs: number;
  /** For one read of 2 MiB, in milliseconds. */
  readonly readTimeoutMs: number;
  /** Which leaves of a plot are looked at, as `parseScanStrategy` reads it; absent for all. */
  readonly scan?: string;
  /** Where the node does not say it; 1 to 2^53 - 1. */
  readonly difficulty: number;
  readonly announce: (typeof SPACE_ANNOUNCES)[number];
  /** Whether blocks hold transactions that nodes passed on; whether senders can pay is not known here. */
  readonly collectTransactions: boolean;
}

/** The port at which a host's scanner answers, and its name. */
export const SPACE_PORT = { name: 'scan', number: 7711 } as const;
