import { EventSchema } from '../../../common/gen/headframe/v1/event_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { eventFromWire } from '../../../common/wire/client.js';
import { untilInterrupted } from '../follow.js';
import { countArgument, namespaceOption } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { eventLine } from '../views/events.js';
import { hostNamed } from './find-host.js';

const RETRY_MS = 1000;

interface EventsOptions {
  readonly follow?: boolean;
  readonly sinceRevision?: number;
  readonly miner?: string;
  readonly host?: string;
  readonly instance?: string;
  readonly namespace?: string;
}

/** `events`. */
export const addEvents: Registrar = (program, run) => {
  program
    .command('events')
    .description('Print what happened, oldest first; with -o json one object a line.')
    .option('-f, --follow', 'go on with what happens, until Ctrl-C')
    .option('--since-revision <revision>', 'only after this revision of the fleet', countArgument)
    .option('--miner <miner>', 'only of this miner and its instances')
    .option('--host <host>', 'only of this host, by name or id')
    .option('--instance <instance>', 'only of this instance')
    .addOption(namespaceOption())
    .action(run((call, options: EventsOptions) => printEvents(call, options)));
};

async function printEvents(call: Invocation, options: EventsOptions): Promise<void> {
  const { follow = false, sinceRevision = 0, miner = '', host, instance = '', namespace = '' } = options;
  const hostId = host === undefined ? '' : (await hostNamed(call, host)).id;
  await untilInterrupted(call, follow, () =>
    streamEvents(call, { afterRevision: BigInt(sinceRevision), follow, miner, hostId, instance, namespace }),
  );
}

interface EventsRequest {
  /** Moves on with what has been printed. */
  afterRevision: bigint;
  readonly follow: boolean;
  readonly miner: string;
  readonly hostId: string;
  readonly instance: string;
  readonly namespace: string;
}

/** Prints events; while following, a lost connection is taken up again after the last revision that was printed. */
async function streamEvents(call: Invocation, request: EventsRequest): Promise<void> {
  const answered = { once: false };
  for (;;) {
    try {
      await printEventsOnce(call, request, answered);
      if (!request.follow) return;
    } catch (error) {
      const lost = error instanceof HeadframeError && error.code === 'unavailable';
      if (!request.follow || !answered.once || !lost) throw error;
    }
    await call.world.clock.sleep(RETRY_MS, call.signal);
  }
}

async function printEventsOnce(call: Invocation, request: EventsRequest, answered: { once: boolean }): Promise<void> {
  const { fleet } = await call.connect();
  for await (const { events } of fleet.streamEvents({ ...request }, call.callOptions)) {
    answered.once = true;
    for (const event of events) {
      await call.printer.item(EventSchema, event, ({ wide }) =>
        eventLine(eventFromWire(event), { wide, colours: call.printer.colours }),
      );
      request.afterRevision = event.revision;
    }
  }
}
