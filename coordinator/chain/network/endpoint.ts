import type { FieldViolation } from '../../../common/model/error.js';
import { MOST_ENDPOINTS } from '../../../common/model/network.js';

const LONGEST = 500;
/** Parts of a path that are longer may be keys. */
const LONGEST_SHOWN = 16;
const EXPECTED = 'a URL such as wss://host.example:443 or ws://127.0.0.1:9944';

/** What is wrong with the endpoints of a network; nothing if they are good. Pure. */
export function judgeEndpoints(endpoints: readonly string[]): FieldViolation[] {
  if (endpoints.length === 0 || endpoints.length > MOST_ENDPOINTS) {
    const expected = `1 to ${String(MOST_ENDPOINTS)} endpoints`;
    return [{ path: 'endpoints', value: String(endpoints.length), expected }];
  }
  return endpoints.flatMap((endpoint, at) => {
    const expected = judgeEndpoint(endpoint) ?? (endpoints.indexOf(endpoint) < at ? 'each endpoint once' : undefined);
    if (expected === undefined) return [];
    return [{ path: `endpoints[${String(at)}]`, value: shownEndpoint(endpoint).slice(0, 80), expected }];
  });
}

/** An endpoint as people may see it: without what might be a key. Pure. */
export function shownEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined) return endpoint;
  const user = url.username === '' && url.password === '' ? '' : '…@';
  const parts = url.pathname.split('/').map((part) => (part.length > LONGEST_SHOWN ? '…' : part));
  const path = url.pathname === '/' ? '' : parts.join('/');
  return `${url.protocol}//${user}${url.host}${path}${url.search === '' ? '' : '?…'}`;
}

/** Whether an endpoint has something in it that might be a key. Pure. */
export function mayHoldKey(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) return true;
  const { pathname, search, username, password } = new URL(endpoint);
  return `${search}${username}${password}` !== '' || pathname.split('/').some((part) => part.length > LONGEST_SHOWN);
}

function judgeEndpoint(endpoint: string): string | undefined {
  if (endpoint.length > LONGEST || !URL.canParse(endpoint)) return EXPECTED;
  const { protocol, hostname, username, password, hash } = new URL(endpoint);
  if (!['ws:', 'wss:'].includes(protocol) || hostname === '') return EXPECTED;
  if (username !== '' || password !== '') return 'a URL without user and password';
  return hash === '' ? undefined : 'a URL without #';
}
