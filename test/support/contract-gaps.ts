import type { BoundService } from '../../coordinator/gateway/contract/table.js';

/** Methods that are not called over HTTP and for which nobody has said why. */
export function namesNeitherRouteNorReason(contract: readonly BoundService[]): string[] {
  return contract.flatMap(({ service, bindings }) =>
    service.methods.flatMap(({ localName, name }) => {
      const binding = bindings[localName];
      const isSaid = binding !== undefined && (!('unbound' in binding) || binding.unbound.length >= 20);
      return isSaid ? [] : [name];
    }),
  );
}
