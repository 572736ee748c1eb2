import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CoordinatorConfig, ProvidersConfig } from '../../common/config/index.js';
import { HeadframeError } from '../../common/model/error.js';
import { REASONS } from '../../common/model/reason.js';
import type { Security } from '../security/index.js';
import { FluenceApi } from './fluence/api.js';
import { FluenceProvider } from './fluence/fluence-provider.js';
import type { FluenceProviderParts } from './fluence/fluence-provider.js';
import { FleetProvider } from './fleet/fleet-provider.js';
import { MachineLoop } from './machine-loop.js';
import type { MachineLoopParts } from './machine-loop.js';
import { Machines } from './machines.js';
import type { MachinesParts } from './machines.js';
import type { MachineProvider } from './port.js';
import { sshFailure } from './ssh/failure.js';
import { Installer } from './ssh/installer.js';
import type { JoinTokens } from './ssh/installer.js';
import { knownToAll } from './ssh/machine-keys.js';
import type { MachineKeys } from './ssh/machine-keys.js';
import { runSsh } from './ssh/ssh-client.js';
import { SshProvider } from './ssh/ssh-provider.js';

/** What machines take of the coordinator. */
interface OpenParts extends Omit<MachinesParts & MachineLoopParts, 'providers'> {
  /** Undefined in clear, where nobody joins from elsewhere. */
  readonly security: Pick<Security, 'credentials' | 'authority'> | undefined;
  /** Undefined for a coordinator that is alone. */
  readonly shared?: { readonly machineKeys: MachineKeys } | undefined;
}

/** Time for a call of Fluence's API, in milliseconds. */
const CALL_MS = 30_000;
/** Folder of the coordinator's data in which keys of machines are kept. */
const KNOWN_HOSTS = 'machines';

/**
 * Machines of all providers that are configured, and the loop that carries them through. Throws `HeadframeError`
 * (failed_precondition, 'providers_need_tls') where the coordinator serves in clear and is to make hosts of machines.
 */
export function openMachines(
  { dataDir, providers: config }: Pick<CoordinatorConfig, 'dataDir' | 'providers'>,
  parts: OpenParts,
): { readonly machines: Machines; readonly machineLoop: MachineLoop } {
  const knownHostsFolder = join(dataDir, KNOWN_HOSTS);
  const providers: MachineProvider[] = [new FleetProvider()];
  const installer = openInstaller(config, parts);
  const { sshMachinesFile: machinesFile } = config;
  if (installer !== undefined && machinesFile !== undefined)
    providers.push(new SshProvider({ installer, machinesFile, knownHostsFolder }));
  const { fluence } = config;
  if (installer !== undefined && fluence.apiKeyFile !== undefined)
    providers.push(openFluence(fluence, { ...parts, installer, knownHostsFolder }));
  return { machines: new Machines({ ...parts, providers }), machineLoop: new MachineLoop({ ...parts, providers }) };
}

/** Undefined where nothing is configured that is installed by SSH. */
function openInstaller(config: ProvidersConfig, parts: OpenParts): Installer | undefined {
  const { coordinator, packageFile, sshMachinesFile, fluence } = config;
  if (sshMachinesFile === undefined && fluence.apiKeyFile === undefined) return undefined;
  // The configuration sees to it that they are there.
  if (coordinator === undefined || packageFile === undefined) return undefined;
  if (parts.security === undefined) throw needTls();
  const tokens = tokensOf(parts.security);
  const run = parts.shared === undefined ? runSsh : knownToAll(runSsh, parts.shared.machineKeys);
  return new Installer({ ...parts, tokens, runSsh: run }, { ...config, coordinator, packageFile });
}

function openFluence(
  { apiKeyFile = '', keyFile = '', maxPrice = 0, launchTimeout, ...terms }: ProvidersConfig['fluence'],
  parts: Omit<FluenceProviderParts, 'api'>,
): FluenceProvider {
  const api = new FluenceApi({ url: terms.url, apiKey: () => readLine(apiKeyFile), timeoutMs: CALL_MS });
  const sshKey = (): Promise<string> => readLine(`${keyFile}.pub`);
  return new FluenceProvider(
    { ...parts, api },
    { ...terms, keyFile, sshKey, maxPriceUsd: maxPrice, launchMs: launchTimeout },
  );
}

/** A text in one line. Throws `HeadframeError` (failed_precondition, 'provider_file_unreadable'). */
async function readLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw sshFailure('provider_file_unreadable', `${path} cannot be read`, error);
  });
  const line = text.replace(/\r?\n$/, '');
  if (/^[\x20-\x7e]{1,4096}$/.test(line)) return line;
  throw sshFailure('provider_file_unreadable', `${path} does not hold one line`);
}

/** Tokens of one use, that are told of as the coordinator's own. */
function tokensOf({ credentials, authority }: NonNullable<OpenParts['security']>): JoinTokens {
  return {
    create: async ({ labels, ttlMs }) => {
      const wish = {
        kind: 'enrolment',
        role: 'agent',
        name: '',
        uses: 1,
        createdBy: 'providers',
        labels,
        ttlMs,
      } as const;
      const { token, shown } = await credentials.createToken(wish);
      return { id: token.id, shown, authority: authority.digest };
    },
    revoke: async (id) => {
      await credentials.revokeToken(id);
    },
  };
}

function needTls(): HeadframeError {
  const reason = 'providers_need_tls';
  const message = 'a provider is configured that makes hosts of machines, and the coordinator serves in clear';
  return new HeadframeError({ code: 'failed_precondition', reason, message, remedy: REASONS[reason].remedy });
}
