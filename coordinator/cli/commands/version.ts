import { HeadframeError } from '../../../common/model/error.js';
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
  const { address } = await call.connect();
  const coordinator = await coordinatorVersion(call);
  await call.printer.plain(
    () => ({ client: programVersion(), coordinator: coordinator ?? null, address }),
    () => [
      {
        kind: 'facts',
        facts: [
          ['client', programVersion()],
          ['coordinator', `${coordinator ?? 'does not answer'} (${address})`],
        ],
      },
    ],
  );
}

async function coordinatorVersion(call: Invocation): Promise<string | undefined> {
  try {
    const { fleet } = await call.connect();
    return (await fleet.getFleetStatus({}, { ...call.callOptions, timeoutMs: ANSWER_MS })).version;
  } catch (error) {
    const silent = error instanceof HeadframeError && ['unavailable', 'deadline_exceeded'].includes(error.code);
    if (silent) return undefined;
    throw error;
  }
}
