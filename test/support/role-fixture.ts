import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { certificateRequest } from '../../common/enrolment/index.js';
import { coordinatorConfigSchema } from '../../common/config/coordinator-config.js';
import { systemClock } from '../../common/model/clock.js';
import type { Role } from '../../common/model/caller.js';
import { silentLogger } from '../../common/observe/logger.js';
import { Channel } from '../../common/rpc/index.js';
import type { Certificates } from '../../common/rpc/index.js';
import { openCoordinator } from '../../coordinator/coordinator.js';
import { FolderPlace, Protector, findProtection, openAuthority } from '../../coordinator/security/authority/index.js';
import type { Authority } from '../../coordinator/security/authority/index.js';
import { MemoryStore } from './memory-store.js';
import { makeTempDir } from './temp-dir.js';

const HOUR_MS = 3_600_000;

/** A whole coordinator over mutual TLS, and channels to it by whatever identity. */
export interface RoleFixture {
  /** By a certificate of its own for that role; an agent's is bound to the host of that name. */
  channelOf(role: Role, namespaces?: readonly string[], name?: string): Promise<Channel>;
  /** Without a certificate. */
  readonly stranger: Channel;
  readonly folder: string;
  close(): Promise<void>;
}

/** Starts it on a free port, over a store in memory. */
export async function openRoleFixture(settings: Readonly<Record<string, unknown>> = {}): Promise<RoleFixture> {
  const folder = await makeTempDir();
  const security = { mode: 'tls' };
  const config = coordinatorConfigSchema.parse({
    listen: '127.0.0.1:0',
    dataDir: folder.path,
    security,
    ...settings,
  });
  const process = { clock: systemClock, random: Math.random, newId: randomUUID, version: 'test', logger: silentLogger };
  const coordinator = await openCoordinator(config, { store: new MemoryStore(), ...process });
  const authority = await authorityOf(folder.path);
  const { address } = coordinator;
  const channels: Channel[] = [];
  const open = (security: ConstructorParameters<typeof Channel>[0]['security']): Channel => {
    const channel = new Channel({ address, security, clock: systemClock });
    channels.push(channel);
    return channel;
  };
  return {
    channelOf: async (role, namespaces, name = role) => {
      const current = await identityOf(authority, role, { name, namespaces });
      return open({ kind: 'mutual', source: { current: () => current } });
    },
    stranger: open({ kind: 'pinned', digest: authority.digest }),
    folder: folder.path,
    close: async () => {
      for (const channel of channels) channel.close();
      await coordinator.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The coordinator's own authority, opened a second time. */
async function authorityOf(dataDir: string): Promise<Authority> {
  const folder = join(dataDir, 'authority');
  const none = { credentialsFolder: undefined, keyFile: undefined, passphraseFile: undefined };
  const protector = new Protector(await findProtection({ ...none, folder, logger: silentLogger }));
  const lives = { agentMs: HOUR_MS, clientMs: HOUR_MS, serverMs: HOUR_MS };
  return openAuthority({ place: new FolderPlace(folder), protector, clock: systemClock, lives });
}

async function identityOf(
  authority: Authority,
  role: Role,
  { name, namespaces }: { readonly name: string; readonly namespaces: readonly string[] | undefined },
): Promise<Certificates> {
  if (role !== 'agent') return authority.issueIdentity({ role, name, namespaces });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = await authority.issueAgent(certificateRequest(privateKey, name), name);
  const key = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { certificate: Buffer.from(certificate), key, authorities: Buffer.from(authority.bundle) };
}
