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
