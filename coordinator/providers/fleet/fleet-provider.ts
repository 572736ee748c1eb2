import { allocatableResources, subtractResources } from '../../../common/model/resources.js';
import { heldBy } from '../../fleet/index.js';
import type { FleetReader } from '../../fleet/port.js';
import type { MachineOffer, MachineProvider, MachineWish, Refusal } from '../port.js';
import { chooseHost } from './choose-host.js';
import type { HostChoice } from './choose-host.js';

/** Machines that are hosts already: whoever is given one has it to themselves as a machine, until they release it. */
export class FleetProvider implements MachineProvider {
  readonly name = 'fleet';
  readonly ownsHosts = false;

  choose(wish: MachineWish, fleet: FleetReader): MachineOffer | Refusal {
    const verdict = chooseHost(wish, choicesOf(fleet));
    if ('refused' in verdict) return verdict;
    const { host, priceUsd } = verdict;
    const { id, name, description } = host;
    const cost = priceUsd === '' ? 'which has no price' : `at ${priceUsd} USD for an epoch`;
    const [address = ''] = description.addresses;
    return { place: id, hostId: id, address, priceUsd, text: `It is the host ${name}, ${cost}.` };
  }

  provide({ place }: { readonly place: string }): Promise<string> {
    return Promise.resolve(place);
  }

  withdraw(): Promise<void> {
    return Promise.resolve();
  }
}

function* choicesOf(fleet: FleetReader): Iterable<HostChoice> {
  const held = new Set([...fleet.machines()].map(({ hostId }) => hostId));
  for (const host of fleet.hosts()) {
    const free = subtractResources(
      allocatableResources(host.claimed, host.reserved),
      heldBy(fleet, fleet.instancesOn(host.id)),
    );
    yield { host, free, isHeld: held.has(host.id) };
  }
}
