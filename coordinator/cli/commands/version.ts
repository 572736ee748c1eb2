import { HeadframeError } from '../../../common/model/error.js';
import type { Connection } from '../client.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { programVersion } from '../../../common/model/version.js';

const ANSWER_MS = 3000;

/** `version`. */
export const addVersion: Registrar = (program, run) => {
  program
    .command('version')
    .description('Print the version of this program and of the coordinator, if it answers.')
    .action(run(showVersion));
};

async function showVersion(call: Invocation): Promise<void> {
  const connection = await connectionIfAny(call);
  const coordinator = connection && (await coordinatorVersion(call, connection));
  const address = connection?.address ?? null;
  await call.printer.plain(
    () => ({ client: programVersion(), coordinator: coordinator ?? null, address }),
    () => [
      {
        kind: 'facts',
        facts: [
          ['client', programVersion()],
          [
            'coordinator',
            connection
              ? `${coordinator ?? 'does not answer'} (${connection.address})`
              : 'not asked, for want of an identity',
          ],
        ],
      },
    ],
  );
}

/** Who has nothing to prove himself with may still ask which program this is. */
async function connectionIfAny(call: Invocation): Promise<Connection | undefined> {
  try {
    return await call.connect();
  } catch (error) {
    if (error instanceof HeadframeError && error.reason === 'identity_missing') return undefined;
    throw error;
  }
}

async function coordinatorVersion(call: Invocation, { fleet }: Connection): Promise<string | undefined> {
  try {
    return (await fleet.getFleetStatus({}, { ...call.callOptions, timeoutMs: ANSWER_MS })).version;
  } catch (error) {
    const silent = error instanceof HeadframeError && ['unavailable', 'deadline_exceeded'].includes(error.code);
    if (silent) return undefined;
    throw error;
  }
}
