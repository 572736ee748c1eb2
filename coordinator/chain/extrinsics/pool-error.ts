/** Codes of transaction pools: https://github.com/paritytech/polkadot-sdk/blob/master/substrate/client/rpc-api/src/author/error.rs */
const POOL_CODES = { first: 1010, last: 1021 } as const;
const INVALID = 1010;

/** What is said of invalid extrinsics: in the words of nodes, or as a runtime encodes them. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/"stale"|outdated/i, 'stale'],
  [/"future"|will be valid in the future/i, 'future'],
  [/"payment"|inability to pay/i, 'payment'],
  [/"badproof"|bad signature/i, 'badProof'],
  [/"ancientbirthblock"|ancient birth block/i, 'ancientBirthBlock'],
  [/"exhaustsresources"|exhaust the (?:resources|block limits)/i, 'exhaustsResources'],
  [/"badsigner"|invalid signing address/i, 'badSigner'],
  [/"call"|call is not expected/i, 'call'],
];
const CUSTOM = /custom(?: error)?"?:\s*(\d{1,3})/i;

/**
 * The name of what a pool refused, such as `pool.stale`, `pool.custom.5` or `pool.1014`; undefined for what is no refusal, which
 * leaves open whether the pool has it.
 */
export function refusalName(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'number') return undefined;
  const { code } = thrown;
  if (code < POOL_CODES.first || code > POOL_CODES.last) return undefined;
  if (code !== INVALID) return `pool.${String(code)}`;
  const data = 'data' in thrown && typeof thrown.data === 'string' ? thrown.data : '';
  return `pool.${kindOf(`${thrown.message} ${data}`) ?? String(code)}`;
}

function kindOf(said: string): string | undefined {
  const custom = CUSTOM.exec(said)?.[1];
  return custom === undefined ? KINDS.find(([pattern]) => pattern.test(said))?.[1] : `custom.${custom}`;
}
