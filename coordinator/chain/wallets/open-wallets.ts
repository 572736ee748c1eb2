import { Wallets } from './wallets.js';
import type { WalletsParts } from './wallets.js';

/** The wallets, whose keys are forgotten when `closers` close; none where the coordinator serves in clear and has no secrets. */
export function openWallets(
  { secrets, ...parts }: Omit<WalletsParts, 'secrets'> & { readonly secrets: WalletsParts['secrets'] | undefined },
  closers: { add(close: () => Promise<void>): void },
): Wallets | undefined {
  if (secrets === undefined) return undefined;
  const wallets = new Wallets({ ...parts, secrets });
  closers.add(() => wallets.close());
  return wallets;
}
