import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';

/** How a server proves itself and whom it lets in; PEM texts. */
export type ServerSecurity =
  | { readonly kind: 'plaintext' }
  | {
      readonly kind: 'tls';
      readonly certificate: Buffer;
      readonly key: Buffer;
      /** When given, a client must show a certificate signed by this authority. */
      readonly clientAuthority?: Buffer | undefined;
    };

/** How a client checks the server and proves itself; PEM texts. */
export type ChannelSecurity =
  | { readonly kind: 'plaintext' }
  | {
      readonly kind: 'tls';
      /** The authority that signed the server's certificate. */
      readonly authority: Buffer;
      /** The client's own certificate and key, for mutual TLS. */
      readonly identity?: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
    };

/** grpc-js credentials of a server. */
export function serverCredentials(security: ServerSecurity): ServerCredentials {
  if (security.kind === 'plaintext') return ServerCredentials.createInsecure();
  const authority = security.clientAuthority ?? null;
  const pair = { private_key: security.key, cert_chain: security.certificate };
  return ServerCredentials.createSsl(authority, [pair], authority !== null);
}

/** grpc-js credentials of a client. */
export function channelCredentials(security: ChannelSecurity): ChannelCredentials {
  if (security.kind === 'plaintext') return ChannelCredentials.createInsecure();
  const { authority, identity } = security;
  return ChannelCredentials.createSsl(authority, identity?.key ?? null, identity?.certificate ?? null);
}
