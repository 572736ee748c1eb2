import type { AskedResources } from '../../../common/model/constraint-text.js';
import type { OpenPort } from '../../../common/model/machine.js';

/** What TensorNode calls a VM: a host of the fleet that somebody was given. */
export interface Vm {
  readonly id: string;
  readonly name: string;
  /** Of what is deployed there. */
  readonly namespace: string;
  /** '' until it is a host. */
  readonly hostId: string;
  /** Whether it is a host that can be deployed to, on its way to be one, or neither. */
  readonly status: 'active' | 'deploying' | 'inactive';
  readonly why: { readonly reason: string; readonly text: string };
  /** Undefined where nobody knows. */
  readonly address: string | undefined;
  /** In USD for an epoch; undefined where nobody says. */
  readonly priceUsd: number | undefined;
  /** '' for nobody. */
  readonly account: string;
  /** What was asked for, 0 for whatever there is. */
  readonly asked: AskedResources;
  readonly ports: readonly OpenPort[];
  /** Unix milliseconds. */
  readonly assignedAtMs: number;
}

/** What somebody wants of a VM. */
export interface VmWish {
  /** '' for its id. */
  readonly name: string;
  /** '' for nobody. */
  readonly account: string;
  /** What is not named may be anything. */
  readonly asked: AskedResources;
  readonly maxPriceUsd: number | undefined;
  readonly ports: readonly OpenPort[];
  /** Whether it is to be one that is there already. */
  readonly isThere: boolean;
}

/** What changes of a VM. */
export interface VmChange {
  readonly name?: string | undefined;
  readonly ports?: readonly OpenPort[] | undefined;
}
