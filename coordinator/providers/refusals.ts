import { HeadframeError } from '../../common/model/error.js';
import type { MachineRecord } from '../../common/model/machine.js';
import { REASONS } from '../../common/model/reason.js';
import type { ReasonCode } from '../../common/model/reason.js';

/** Miners named where a machine is refused to go. */
const MOST_NAMED = 10;

/** There is no machine of that id. */
export function machineNotFound(id: string): HeadframeError {
  const shown = id.slice(0, 80);
  return refusal('not_found', 'machine_not_found', `there is no machine ${shown}`, { machine: shown });
}

/** Nobody has a machine for a wish: by provider, how many of its places each reason leaves out. */
export function noneFits(refused: readonly (readonly [string, ReadonlyMap<string, number>])[]): HeadframeError {
  const texts = refused.map(([provider, counts]) => {
    const whys = [...counts].map(([reason, count]) => `${reason} ${String(count)}`);
    return `${provider}: ${whys.length === 0 ? 'there are none' : whys.join(', ')}`;
  });
  return refusal('resource_exhausted', 'machine_none_fits', `no machine fits (${texts.join('; ')})`, {});
}

/** Miners of the machine are still there. */
export function machineInUse({ id, name }: MachineRecord, miners: readonly string[]): HeadframeError {
  const named = miners.slice(0, MOST_NAMED).join(', ');
  const more = miners.length > MOST_NAMED ? ` and ${String(miners.length - MOST_NAMED)} more` : '';
  const message = `machine ${name} has the miners ${named}${more}`;
  return refusal('failed_precondition', 'machine_in_use', message, { machine: id, miners: String(miners.length) });
}

/** What is asked is not done to a machine in that state. */
export function stateUnfit({ id, name, state }: MachineRecord, what: string): HeadframeError {
  const message = `machine ${name} is ${state} and cannot be ${what}`;
  return refusal('failed_precondition', 'machine_state_unfit', message, { machine: id, state });
}

/** No provider of that name is configured. */
export function providerUnknown(name: string, known: readonly string[]): HeadframeError {
  const message = `there is no provider ${name.slice(0, 40)}; there are ${known.join(', ')}`;
  return refusal('invalid_argument', 'provider_unknown', message, { provider: name.slice(0, 40) });
}

function refusal(
  code: HeadframeError['code'],
  reason: ReasonCode,
  message: string,
  metadata: Readonly<Record<string, string>>,
): HeadframeError {
  return new HeadframeError({ code, reason, message, remedy: REASONS[reason].remedy, metadata });
}
