/** A form in which a file may be sent. */
export type Encoding = 'br' | 'gzip' | 'identity';

/** The smallest first. */
const ORDER: readonly Encoding[] = ['br', 'gzip', 'identity'];

/** The smallest form that a client takes, by its `Accept-Encoding` (RFC 9110, 12.5.3); as it is where it takes none. Pure. */
export function preferredEncoding(accepted: string | undefined, there: readonly Encoding[]): Encoding {
  const weights = new Map((accepted ?? '').split(',').map(weighed));
  const taken = (encoding: Encoding): boolean => (weights.get(encoding) ?? weights.get('*') ?? 0) > 0;
  return ORDER.find((encoding) => encoding !== 'identity' && there.includes(encoding) && taken(encoding)) ?? 'identity';
}

function weighed(item: string): readonly [string, number] {
  const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [name, weight === undefined ? 1 : Number(weight)];
}
