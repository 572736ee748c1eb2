import type { RebootHostResponse } from '../../../common/gen/headframe/v1/host_service_pb.js';
import { formatAge } from '../../../common/model/units.js';
import type { HostView } from '../../../common/wire/client.js';
import type { Cell, View, Viewing } from '../output/view.js';
import { NOTHING, hostStateCell, timeCell } from './cells.js';

/** Windows of a host, and the work under way on it. */
export function maintenanceView(host: HostView, viewing: Viewing): View {
  return [
    { kind: 'facts', facts: [['host', host.name], ['state', hostStateCell(host)], ...upkeepFacts(host, viewing)] },
  ];
}

/** What is planned for a host, under way on it and wrong with it, as far as there is any. */
export function upkeepFacts({ windows = [], upkeep, conditions = [] }: HostView, { nowMs }: Viewing): [string, Cell][] {
  const facts: [string, Cell][] = [['windows', windows.join('; ') || NOTHING]];
  if (upkeep !== undefined) {
    facts.push(['upkeep', `${upkeep.activity}: ${upkeep.step} for ${formatAge(nowMs - upkeep.sinceMs)}`]);
    facts.push(['upkeep text', upkeep.text || NOTHING]);
    if (upkeep.untilMs > 0) facts.push(['upkeep until', timeCell(upkeep.untilMs)]);
  }
  for (const { reason, text } of conditions) facts.push(['condition', `${reason}: ${text}`]);
  return facts;
}

/** What a reboot does, or would do. */
export function rebootView({ host, instances, exclusive, ahead }: RebootHostResponse, isPlan: boolean): View {
  const name = host?.name ?? '';
  const turn = ahead === 0 ? 'at once' : `after ${String(ahead)} other ${ahead === 1 ? 'host' : 'hosts'}`;
  const will = isPlan ? 'would be' : 'is';
  const breaking = exclusive === 0 ? '' : `, ${String(exclusive)} of them stopped before they are placed again`;
  const text = `host ${name} ${will} emptied ${turn} (${String(instances)} instances move${breaking}) and rebooted`;
  return [{ kind: 'text', text }];
}
