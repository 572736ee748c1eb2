/**
 * An amount in the smallest unit as people write it, such as `1,234.5 TAO`, with all its digits; as it is, with `planck`, where
 * nobody says how many decimals the token has. Pure.
 */
export function formatPlanck(
  amount: bigint,
  token: { readonly symbol: string; readonly decimals?: number | undefined },
): string {
  const { symbol, decimals } = token;
  if (decimals === undefined) return `${String(amount)} planck`;
  const digits = String(amount < 0n ? -amount : amount).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(?:\d{3})+$)/g, ',');
  const part = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${amount < 0n ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}${symbol === '' ? '' : ` ${symbol}`}`;
}

/**
 * The smallest units in an amount as people write it: `1,234.5`, `1.5 TAO`, or `1500000000 planck`. Undefined for what is none: a
 * sign, another token, or more digits behind the point than the token has. Pure.
 */
export function parsePlanck(
  text: string,
  token: { readonly symbol: string; readonly decimals?: number | undefined },
): bigint | undefined {
  const { symbol, decimals } = token;
  const read = /^(\d{1,30}|\d{1,3}(?:,\d{3}){1,9})(?:\.(\d{1,38}))?(?: ?([^\s\d.,]\S*))?$/.exec(text.trim());
  if (read === null) return undefined;
  const [, whole = '', part = '', unit = ''] = read;
  const digits = whole.replaceAll(',', '');
  if (unit === 'planck') return part === '' ? BigInt(digits) : undefined;
  if (decimals === undefined || part.length > decimals) return undefined;
  if (unit !== '' && unit.toLowerCase() !== symbol.toLowerCase()) return undefined;
  return BigInt(digits + part.padEnd(decimals, '0'));
}
