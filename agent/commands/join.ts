import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentConfig } from '../../common/config/index.js';
import { hasCode } from '../../common/disk/index.js';
import { systemClock as clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import { coordinatorOf, hasIdentity, joinFleet, parseJoinLine } from '../identity/index.js';
import type { JoinLine } from '../identity/index.js';
import { lockDataDir } from '../state/data-dir-lock.js';
import { openHostState } from '../state/host-state.js';

/** How a host is to join. */
export interface JoinRequest extends JoinLine {
  /** Joins also where the host has joined and its certificate is still good. */
  readonly again: boolean;
}

/** Name of the credential that systemd hands over (LoadCredential or LoadCredentialEncrypted): the line to join by. */
export const JOIN_CREDENTIAL = 'headframe-join';

/** Joins a fleet and says so. Throws `HeadframeError` with the reason. */
export async function joinCommand(config: AgentConfig, request: JoinRequest | undefined): Promise<string> {
  if (request === undefined) throw noRequest();
  const { hostId, coordinator } = await joinLocked(config, request);
  return `host ${hostId} has joined ${coordinator}; start it: headframe agent start`;
}

/** Joins with the data folder kept from any agent meanwhile. */
export async function joinLocked(config: AgentConfig, request: JoinRequest): Promise<Joined> {
  const unlock = await lockDataDir(config.dataDir);
  try {
    return await joinHost(config, request);
  } finally {
    await unlock();
  }
}

/**
 * Joins an agent that starts, where its host has no identity and systemd handed it a line to join by. Whoever calls it has
 * the data folder locked. Throws `HeadframeError` with the reason.
 */
export async function joinByCredential(
  config: AgentConfig,
  credentialsFolder: string | undefined,
  logger: Logger,
): Promise<void> {
  if (credentialsFolder === undefined || config.security.mode === 'plaintext') return;
  if (await hasIdentity(config.dataDir)) return;
  const line = await readFile(join(credentialsFolder, JOIN_CREDENTIAL), 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (line === undefined) return;
  const joined = await joinHost(config, { ...parseJoinLine(line), again: false });
  logger.info(joined, 'this host has joined by the line that systemd handed over');
}

/** The coordinator to join: the one that the configuration names, for the agent will call that one; else the line's. */
export async function whereToJoin(config: AgentConfig, request: JoinRequest): Promise<string> {
  return config.coordinator ?? request.coordinator ?? (await coordinatorOf(config));
}

interface Joined {
  readonly hostId: string;
  readonly coordinator: string;
}

async function joinHost(config: AgentConfig, request: JoinRequest): Promise<Joined> {
  const { dataDir } = config;
  const state = await openHostState(dataDir, { hostId: config.hostId ?? '', onFailure: () => undefined });
  await state.close();
  const coordinator = await whereToJoin(config, request);
  await joinFleet({ ...request, coordinator }, { dataDir, hostId: state.hostId, clock });
  return { hostId: state.hostId, coordinator };
}

function noRequest(): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'join_line_invalid',
    message: 'joining takes --coordinator, --token or --token-file, and --authority',
    remedy: 'Copy the whole line that headframe token create prints.',
  });
}
