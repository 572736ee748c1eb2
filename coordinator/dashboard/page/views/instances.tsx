import { useSignal } from '@preact/signals';
import { follow, useDesk } from '../desk.js';
import { useInstanceSamples } from '../metrics.js';
import { matches } from '../state/sorting.js';
import { isOver, standingOfInstance } from '../state/standing.js';
import { PageHead } from '../ui/card.js';
import { Check } from '../ui/check.js';
import { Filter } from '../ui/filter.js';
import { InstanceTable } from '../ui/instance-table.js';

/** All instances that are there. */
export function Instances() {
  useInstanceSamples();
  const { fleet, fleetVersion } = useDesk();
  follow(fleetVersion);
  const text = useSignal('');
  const isAll = useSignal(false);
  const all = [...fleet.instances.values()].filter((one) => isAll.value || !isOver(one));
  const shown = all.filter((one) =>
    matches(text.value, [one.id, one.hostName, standingOfInstance(one).word, one.reason, one.text]),
  );
  return (
    <>
      <PageHead title="Instances">
        <Check title="Those that have ended, too" isSet={isAll} />
        <Filter text={text} name="Filter instances" shown={shown.length} all={all.length} />
      </PageHead>
      <InstanceTable items={shown} />
    </>
  );
}
