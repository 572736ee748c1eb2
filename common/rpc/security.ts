/** One side's own certificate and key, and whom it trusts; PEM. */
export interface Certificates {
  /** The own certificate first, then those that lead from it to an authority. */
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** All authorities whose signature is trusted. */
  readonly authorities: Buffer;
}

/** Certificates that are renewed while connections are open. */
export interface CertificateSource {
  /** The newest ones, the same object until a renewal; new connections use them, open ones go on as they are. */
  current(): Certificates;
  /** Calls back after each renewal until the answer is called. */
  onChange(listener: () => void): () => void;
}

/** How a server proves itself and whom it lets in. */
export type ServerSecurity =
  | { readonly kind: 'plaintext' }
  /**
   * TLS 1.3; clients are asked for a certificate and may have none, so that hosts can join. Who signed it is not looked at
   * here: without `authorize`, everybody is let in.
   */
  | { readonly kind: 'mutual'; readonly source: CertificateSource };

/** How a client checks the server and proves itself. */
export type ChannelSecurity =
  | { readonly kind: 'plaintext' }
  | { readonly kind: 'mutual'; readonly source: Pick<CertificateSource, 'current'> }
  /**
   * For the first connection of all, which has no certificates: the server must show a certificate by the authority whose
   * public key has this digest, `sha256:` and 64 hex digits.
   */
  | { readonly kind: 'pinned'; readonly digest: string }
  /** A bearer token, id, dot and secret, with each call instead of a certificate; the server is checked before it is sent. */
  | { readonly kind: 'bearer'; readonly token: string; readonly trust: ServerTrust };

/** By what a server is known: the digest, as above, of an authority that it shows, or authorities to trust, in PEM. */
export type ServerTrust = { readonly digest: string } | { readonly authorities: Buffer };

/** A connection that was dropped before a call could be made on it. */
export interface RefusedConnection {
  /** Address of the other side. */
  readonly peer: string;
  /** Such as `too_many_connections` or the code of a failed TLS handshake. */
  readonly reason: string;
}
