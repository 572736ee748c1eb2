import { isIP } from 'node:net';
import type { NodeAddress } from '../node/connect-node.js';

/**
 * The nodes of a text such as `10.0.0.1, node.example:8444, [2001:db8::1]:8333`, each at the usual port where it names none; undefined for
 * what is no such text.
 */
export function parseNodes(text: string, usualPort: number): readonly [NodeAddress, ...NodeAddress[]] | undefined {
  const nodes = text.split(',').map((one) => parseNode(one.trim(), usualPort));
  const [first, ...rest] = nodes.flatMap((node) => (node === undefined ? [] : [node]));
  return first === undefined || rest.length + 1 < nodes.length ? undefined : [first, ...rest];
}

function parseNode(text: string, usualPort: number): NodeAddress | undefined {
  if (isIP(text) === 6) return { host: text, port: usualPort };
  const [, inner, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = inner ?? name;
  if (host === undefined || (inner !== undefined && isIP(inner) !== 6)) return undefined;
  const port = digits === undefined ? usualPort : Number(digits);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
