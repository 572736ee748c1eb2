import type { Duplex } from 'node:stream';
import { toHeadframeError } from '../../../common/model/error.js';
import { MOST_SCAN_LINE } from '../../../common/model/space-head.js';
import type { HostAnswer } from '../../../common/model/space-head.js';
import { SPACE_PORT } from '../../../common/model/space-spec.js';
import type { FleetReader } from '../../fleet/port.js';
import type { ReachPort } from '../../router/index.js';

/** What hosts are asked by. */
export interface AskParts {
  readonly fleet: Pick<FleetReader, 'instancesOf'>;
  readonly reach: ReachPort;
  /** A host that gave no answer. */
  readonly onSilent: (host: string, why: string) => void;
}

/** What all hosts of a miner with a running instance say to a request, in the order of the instances; each delays and fails for itself. */
export async function askHosts(
  miner: string,
  request: string,
  { fleet, reach, onSilent }: AskParts,
  signal: AbortSignal,
): Promise<readonly HostAnswer[]> {
  const running = [...fleet.instancesOf(miner)].filter(({ state }) => state === 'running');
  const answers = await Promise.all(
    running.map(async ({ serial, hostId = '' }) => {
      try {
        const connection = await reach.connect(serial, SPACE_PORT.number, signal);
        return [{ host: hostId, line: await askOne(connection, request, signal) }];
      } catch (error) {
        onSilent(hostId, toHeadframeError(error).message);
        return [];
      }
    }),
  );
  return answers.flat();
}

/** Sends a line and gives the one that comes back. */
async function askOne(connection: Duplex, request: string, signal: AbortSignal): Promise<string> {
  const leave = (): void => void connection.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    connection.write(`${request}\n`);
    let text = '';
    // A stream without an encoding gives bytes.
    for await (const piece of connection as AsyncIterable<Buffer>) {
      text += piece.toString('latin1');
      const end = text.indexOf('\n');
      if (end >= 0) return text.slice(0, end);
      if (text.length > MOST_SCAN_LINE) throw new Error('more than an answer');
    }
    throw new Error('the connection ended without an answer');
  } finally {
    signal.removeEventListener('abort', leave);
    connection.destroy();
  }
}
