/** Servers of a NATS URL, and who asks them. */
export interface NatsAddress {
  /** `scheme://host:port` each, fit to be logged. */
  readonly servers: string[];
  /** Of the first server that names any; the library takes one set for all. */
  readonly credentials: { readonly user?: string; readonly pass?: string; readonly token?: string };
}

/** Takes `nats://user:password@host:port`, or `nats://token@host:port`, several separated by commas, apart. */
export function parseNatsUrl(url: string): NatsAddress {
  const servers = url.split(',').map((server) => splitServer(server.trim()));
  const named = servers.find(({ userInfo }) => userInfo !== '');
  return { servers: servers.map(({ server }) => server), credentials: credentialsOf(named?.userInfo ?? '') };
}

function splitServer(text: string): { readonly server: string; readonly userInfo: string } {
  const [, scheme = '', userInfo = '', host = ''] = /^(\w+:\/\/)?(?:(.*)@)?(.*)$/.exec(text) ?? [];
  return { server: `${scheme}${host}`, userInfo };
}

function credentialsOf(userInfo: string): NatsAddress['credentials'] {
  if (userInfo === '') return {};
  const colon = userInfo.indexOf(':');
  if (colon < 0) return { token: decode(userInfo) };
  return { user: decode(userInfo.slice(0, colon)), pass: decode(userInfo.slice(colon + 1)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign of its own
  }
}
