import type { HostRecord } from '../../common/model/host.js';
import type { MachineRecord } from '../../common/model/machine.js';

/** What is known of a machine when it is decided what comes next. */
export interface MachineView {
  readonly machine: MachineRecord;
  /** Undefined where there is none, or none any more. */
  readonly host: Pick<HostRecord, 'draining'> | undefined;
  /** Instances that hold capacity of its host. */
  readonly liveOnHost: number;
  readonly miners: readonly { readonly name: string; readonly deleting: boolean }[];
  readonly ownsHosts: boolean;
}

/** What comes next for a machine. */
export type MachineStep =
  | { readonly kind: 'provide' | 'hostGone' | 'drain' | 'withdraw' | 'remove' }
  | { readonly kind: 'deleteMiners'; readonly names: readonly string[] }
  /** Until something changes. */
  | { readonly kind: 'wait'; readonly text: string };

/** What comes next, or undefined where all is as it should be. Pure. */
export function nextStep(view: MachineView): MachineStep | undefined {
  const { machine, host } = view;
  switch (machine.state) {
    case 'allocating':
      return { kind: 'provide' };
    case 'active':
      return host === undefined ? { kind: 'hostGone' } : undefined;
    case 'releasing':
      return releasing(view);
    case 'failed':
      return undefined;
  }
}

/** Its miners first, then what else is on its host, and only then what made it one. */
function releasing({ machine, host, miners, liveOnHost, ownsHosts }: MachineView): MachineStep {
  const names = miners.filter(({ deleting }) => !deleting).map(({ name }) => name);
  if (names.length > 0) return { kind: 'deleteMiners', names };
  if (miners.length > 0) return { kind: 'wait', text: `${String(miners.length)} of its miners end.` };
  if (machine.release?.forget === true) return { kind: 'remove' };
  if (!ownsHosts || host === undefined) return { kind: 'withdraw' };
  if (!host.draining) return { kind: 'drain' };
  if (liveOnHost > 0) return { kind: 'wait', text: `${String(liveOnHost)} instances leave its host.` };
  return { kind: 'withdraw' };
}
