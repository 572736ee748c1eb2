import type { Logger } from '../../../common/observe/logger.js';
import type { NatsTlsFiles } from '../../../common/observe/nats-tls.js';
import { askMonitors } from './monitor.js';
import { judgeServers } from './server-checks.js';
import type { ConnectedFacts, ServerVerdict, WantedDurability } from './server-checks.js';

/** What is asked for, and where servers tell of themselves. */
interface Judged extends WantedDurability, NatsTlsFiles {
  readonly monitorUrls: readonly string[];
}

/**
 * Judges servers by what they say and what their monitors tell, with warnings for the log; answers what of changes may be lost.
 * Where no server is known to hold the store, all that tell of themselves are taken for its holders. Throws `HeadframeError`.
 */
export function judgeBy(
  { monitorUrls, caFile, certificateFile, keyFile, ...wanted }: Judged,
  logger: Logger,
): (connected: ConnectedFacts) => Promise<Pick<ServerVerdict, 'mayLose' | 'syncMs'>> {
  return async (connected) => {
    const monitored = await askMonitors(monitorUrls, { caFile, certificateFile, keyFile });
    const holders = connected.holders.length > 0 ? connected.holders : monitored.map(({ name }) => name);
    const { refusal, warnings, mayLose, syncMs } = judgeServers({ ...connected, holders }, monitored, wanted);
    if (refusal !== undefined) throw refusal;
    for (const warning of warnings) logger.warn({ warning }, 'the store over NATS');
    if (mayLose !== undefined) logger.warn({ mayLose }, 'the store over NATS may lose what it has acknowledged');
    return { mayLose, syncMs };
  };
}
