/** Splits `host:port`; an IPv6 address stands in brackets, which are left out. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

/** Whether a text is `host:port`, with a port from the lowest on; an IPv6 address stands in brackets. */
export function isAddress(text: string, lowestPort: number): boolean {
  if (text.length > 300) return false;
  const port = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) >= lowestPort && Number(port) <= 65_535;
}

/** Whether a host name or address is one that this machine alone reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
