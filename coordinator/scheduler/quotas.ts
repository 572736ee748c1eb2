import { NO_QUOTA, QUOTA_RESOURCES } from '../../common/model/namespace.js';
import type { NamespaceQuota } from '../../common/model/namespace.js';
import { PRINT_AMOUNT } from '../../common/model/quota-text.js';
import type { Resources } from '../../common/model/resources.js';
import { Account } from './account.js';
import type { Explanation } from './explain.js';

/** The accounts of all namespaces. */
export class Quotas {
  readonly #accounts = new Map<string, Account>();

  /** The account of a namespace; one without limits when nothing is known of it. */
  of(namespace: string): Account {
    const known = this.#accounts.get(namespace);
    if (known !== undefined) return known;
    const made = new Account(namespace);
    this.#accounts.set(namespace, made);
    return made;
  }

  /** Sets a namespace's limits; undefined lifts them all. */
  limit(namespace: string, quota: NamespaceQuota | undefined): void {
    const limited = quota !== undefined && QUOTA_RESOURCES.some((resource) => quota[resource] !== undefined);
    this.of(namespace).quota = limited ? quota : NO_QUOTA;
  }

  /** An independent copy. */
  copy(): Quotas {
    const copy = new Quotas();
    for (const [namespace, account] of this.#accounts) copy.#accounts.set(namespace, account.copy());
    return copy;
  }
}

/** Why one more instance waits for its namespace's quota; undefined when the quota leaves room. */
export function explainQuota(account: Account, one: Resources): Explanation | undefined {
  const shortage = account.shortage(one);
  if (shortage === undefined) return undefined;
  const { resource, needs, used, limit } = shortage;
  const print = PRINT_AMOUNT[resource];
  const text =
    needs > limit
      ? `namespace ${account.namespace} may hold ${print(limit)} in all, and one instance needs ${print(needs)}`
      : `namespace ${account.namespace} is at its quota: needs ${print(needs)}, uses ${print(used)} of ${print(limit)}`;
  return { reason: 'quota_exceeded', text, filters: [] };
}

/** Why an instance waits that the quota would take, were room not kept for a larger one that has waited for long. */
export function explainKept(account: Account, miner: string): Explanation {
  const text = `namespace ${account.namespace} keeps what its quota leaves for miner ${miner}, which has waited longer`;
  return { reason: 'quota_exceeded', text, filters: [] };
}
