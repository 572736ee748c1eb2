import type { ApiPromise } from '@polkadot/api';
import { cleanText } from './clean-text.js';
import type { ChainAbout } from './session-port.js';

/** What the specification of the node says; not all do. */
type Properties = ReturnType<ApiPromise['registry']['getChainProperties']> | undefined;

const LONGEST_NAME = 64;
const LONGEST_SYMBOL = 16;
const MOST_DECIMALS = 38;

/** What a chain says of itself. */
export function readAbout(api: ApiPromise): ChainAbout {
  const { specName, specVersion } = api.runtimeVersion;
  const said = readProperties(api.registry.getChainProperties());
  return {
    chain: cleanText(api.runtimeChain.toString(), LONGEST_NAME),
    specName: cleanText(specName.toString(), LONGEST_NAME),
    specVersion: specVersion.toNumber(),
    ...said,
    ss58Prefix: said.ss58Prefix ?? prefixOfRuntime(api),
  };
}

function readProperties(properties: Properties): Pick<ChainAbout, 'tokenSymbol' | 'decimals' | 'ss58Prefix'> {
  if (properties === undefined) return { tokenSymbol: '', decimals: undefined, ss58Prefix: undefined };
  const { tokenSymbol, tokenDecimals, ss58Format } = properties;
  const [symbol] = tokenSymbol.isSome ? tokenSymbol.unwrap() : [];
  const [decimals] = tokenDecimals.isSome ? tokenDecimals.unwrap() : [];
  return {
    tokenSymbol: symbol === undefined ? '' : cleanText(symbol.toString(), LONGEST_SYMBOL),
    decimals: decimals === undefined || decimals.gtn(MOST_DECIMALS) ? undefined : decimals.toNumber(),
    ss58Prefix: ss58Format.isSome ? ss58Format.unwrap().toNumber() : undefined,
  };
}

function prefixOfRuntime(api: ApiPromise): number | undefined {
  const known = api.consts['system']?.['ss58Prefix']?.toString();
  return known === undefined ? undefined : Number(known);
}
