import type { ApiPromise } from '@polkadot/api';
import type { IntentRecord, JsonValue } from '../../../common/model/intent.js';
import { WAIT_TERMS } from './wait-rules.js';
import type { WaitRule, WaitSource } from './wait-rules.js';

/** Reads what a rule of waiting goes by; undefined for what the chain has not. */
export async function readWait(
  api: ApiPromise,
  rule: WaitRule,
  intent: Pick<IntentRecord, 'call' | 'signer'>,
): Promise<{ readonly since: number | undefined; readonly limit: number | undefined }> {
  const { since, limit } = WAIT_TERMS[rule];
  const named = namedArguments(api, intent);
  return {
    since: since && (await readSource(api, since, named)),
    limit: typeof limit === 'number' ? limit : await readSource(api, limit, named),
  };
}

/** The netuid of the call and the hotkey, which signs where the call does not name it. */
function namedArguments(api: ApiPromise, { call, signer }: Pick<IntentRecord, 'call' | 'signer'>) {
  const names = api.tx[call.pallet]?.[call.method]?.meta.args.map(({ name }) => name.toString()) ?? [];
  const of = (name: string): JsonValue | undefined => call.args[names.indexOf(name)];
  return { netuid: of('netuid'), hotkey: of('hotkey') ?? signer };
}

async function readSource(
  api: ApiPromise,
  { item, keys, part }: WaitSource,
  named: Readonly<Record<'netuid' | 'hotkey', JsonValue | undefined>>,
): Promise<number | undefined> {
  const { subtensorModule: pallet } = api.query;
  const entry = pallet?.[item];
  if (entry === undefined) return undefined;
  const value = (await entry(...keys.map((key) => named[key]))).toJSON();
  if (part === undefined) return toNumber(value);
  if (part === 'block') return isObject(value) ? toNumber(value.block) : undefined;
  const uid = toNumber((await pallet?.uids?.(named.netuid, named.hotkey))?.toJSON());
  return uid !== undefined && Array.isArray(value) ? toNumber(value[uid]) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Large integers come as texts. */
function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}
