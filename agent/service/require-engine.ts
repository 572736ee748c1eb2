import type { AgentConfig } from '../../common/config/index.js';
import { systemClock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { askEngine } from '../commands/doctor.js';
import { examineEngine } from '../host/index.js';

/** Throws `HeadframeError` (failed_precondition, 'engine_unfit') where an agent would find no engine that it can work with. */
export async function requireEngine(config: AgentConfig): Promise<void> {
  if (config.runtime !== 'docker') return;
  const engine = (signal: AbortSignal): ReturnType<typeof askEngine> => askEngine(config, signal);
  const finding = await examineEngine({ clock: systemClock, engine });
  if (finding?.status !== 'problem') return;
  throw new HeadframeError({
    code: 'failed_precondition',
    reason: 'engine_unfit',
    message: `${config.dockerSocket}: ${finding.detail}`,
    remedy: `${finding.remedy} Debian and Ubuntu: apt-get install docker.io. Another socket is named by --docker-socket.`,
  });
}
