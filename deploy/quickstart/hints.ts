import { InstanceState } from '../../common/gen/headframe/v1/instance_pb.js';
import type { Addresses } from './final-state.js';
import type { FleetView } from './fleet-client.js';

/** The why of each miner that waits, for people. */
export function whyText({ miners }: FleetView): string {
  const waiting = miners.flatMap(({ spec, counts, why }) => {
    if (why === undefined || counts === undefined || counts.pending === 0) return [];
    return [`  ${spec?.name ?? ''}: ${counts.pending} of ${counts.desired} wait. ${why.text} (${why.reason})`];
  });
  return waiting.length === 0 ? '' : ['Why some wait:', ...waiting, ''].join('\n');
}

/** Where everything is and what to try next, for people. */
export function hintsText(view: FleetView, addresses: Addresses): string {
  const instance = view.instances.find(({ state }) => state === InstanceState.RUNNING)?.id ?? 'INSTANCE';
  const page = view.instances.flatMap(({ ports }) => ports).find(({ name }) => name === 'status');
  return [
    'Addresses:',
    `  coordinator  ${addresses.coordinator} (gRPC over mutual TLS)`,
    `  metrics      http://${addresses.metrics}/metrics (Prometheus)`,
    `  NATS         ${addresses.nats ?? 'none: metrics and events are not published'}`,
    `  logs         ${addresses.logs}`,
    ...(page === undefined ? [] : [`  a miner      http://127.0.0.1:${page.hostPort}/`]),
    '',
    'Try next, in another terminal, in this folder:',
    `  export HEADFRAME_ADDRESS=${addresses.coordinator} HEADFRAME_IDENTITY=${addresses.identity}`,
    '  npx headframe miners show sweeper',
    '  npx headframe miners scale hasher 2',
    '  npx headframe instances ls',
    `  npx headframe instances logs -f ${instance}`,
    `  npx headframe instances exec ${instance} -- ps`,
    '  npx headframe hosts drain west-1',
    '  npx headframe hosts uncordon west-1',
    '  npx headframe events -f',
    '  npx headframe top',
    '',
  ].join('\n');
}
