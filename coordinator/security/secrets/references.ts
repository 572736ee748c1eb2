import type { FieldViolation } from '../../../common/model/error.js';
import type { MinerSpec } from '../../../common/model/miner.js';
import type { FleetReader } from '../../fleet/port.js';
import { secretMissing } from './refusals.js';

/** Throws `HeadframeError` (failed_precondition, 'secret_missing') when a spec refers to a secret that its namespace has not. */
export function requireSecrets(fleet: Pick<FleetReader, 'secret'>, specs: readonly MinerSpec[]): void {
  const missing = specs.flatMap((spec, index) => {
    const document = specs.length === 1 ? spec.name : `${spec.name} (miners[${String(index)}])`;
    return missingOf(fleet, spec).map((one) => ({ document, ...one }));
  });
  if (missing.length > 0) throw secretMissing(missing);
}

function missingOf(
  fleet: Pick<FleetReader, 'secret'>,
  { namespace, container: { secrets = [] }, space }: MinerSpec,
): FieldViolation[] {
  const ofContainer = secrets.map(({ name }, index) => ({ path: `container.secrets[${String(index)}].name`, name }));
  const all = space === undefined ? ofContainer : [...ofContainer, { path: 'space.key', name: space.key }];
  return all.flatMap(({ path, name }) => {
    if (fleet.secret(namespace, name) !== undefined) return [];
    const remedy = `Make it: headframe secrets set ${name} --namespace ${namespace}.`;
    const expected = `a secret of the namespace ${namespace}`;
    return [{ path, value: name, expected, remedy }];
  });
}

/** Names of the miners that refer to a secret, in order. */
export function usersOf(fleet: Pick<FleetReader, 'miners'>, namespace: string, name: string): string[] {
  const users: string[] = [];
  for (const { spec } of fleet.miners()) if (refers(spec, namespace, name)) users.push(spec.name);
  return users.sort();
}

/** Whether a spec refers to a secret. */
export function refers({ namespace, container, space }: MinerSpec, inNamespace: string, name: string): boolean {
  if (namespace !== inNamespace) return false;
  return space?.key === name || (container.secrets ?? []).some((secret) => secret.name === name);
}

/** The hotkey whose key a secret is, with the name of its wallet. */
export function hotkeyOf(
  fleet: Pick<FleetReader, 'wallets'>,
  namespace: string,
  name: string,
): { readonly wallet: string; readonly hotkey: string } | undefined {
  for (const wallet of fleet.wallets())
    for (const hotkey of wallet.hotkeys)
      if (hotkey.namespace === namespace && hotkey.secret === name) return { wallet: wallet.name, hotkey: hotkey.name };
  return undefined;
}
