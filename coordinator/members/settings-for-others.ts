import { stringify } from 'yaml';
import type { CoordinatorConfig } from '../../common/config/index.js';
import { splitAddress } from '../../common/model/address.js';

/** A setting by its path in the configuration, and its value as YAML has it, on one line. */
export interface SettingForOther {
  readonly path: string;
  readonly value: string;
}

type Value = string | number | readonly string[] | undefined;

/**
 * Those settings of a coordinator that a further one of the same cluster, reached at that address, must have alike, and its
 * own addresses. No user and no password is among them. Pure.
 */
export function settingsForOther(
  config: Pick<CoordinatorConfig, 'listen' | 'security' | 'policyFile' | 'store'>,
  address: string,
): SettingForOther[] {
  const { listen, security, policyFile, store } = config;
  const {
    servers = '',
    leadershipTtlMs,
    commitTimeoutMs,
    monitorUrls,
    acceptDurability,
    ...jetstream
  } = store.jetstream;
  const host = listen.slice(0, listen.lastIndexOf(':'));
  const values: readonly (readonly [string, Value])[] = [
    ['listen', `${host}:${String(splitAddress(address).port)}`],
    ['advertise', address],
    ['policyFile', policyFile],
    ['security.mode', security.mode === 'tls' ? undefined : security.mode],
    ['security.keyFile', security.keyFile],
    ['security.passphraseFile', security.passphraseFile],
    ['security.authorityCertificateFile', security.ownAuthority?.certificateFile],
    ['security.authorityKeyFile', security.ownAuthority?.keyFile],
    ['store.kind', store.kind],
    ['store.jetstream.servers', withoutUsers(servers)],
    ['store.jetstream.cluster', jetstream.cluster],
    ['store.jetstream.replicas', jetstream.replicas],
    ['store.jetstream.credentialsFile', jetstream.credentialsFile],
    ['store.jetstream.caFile', jetstream.caFile],
    ['store.jetstream.certificateFile', jetstream.certificateFile],
    ['store.jetstream.keyFile', jetstream.keyFile],
    ['store.jetstream.monitorUrls', monitorUrls.length === 0 ? undefined : monitorUrls.map(withoutUsers)],
    ['store.jetstream.acceptDurability', acceptDurability],
    ['store.jetstream.commitTimeout', `${String(commitTimeoutMs)}ms`],
    ['store.jetstream.leadershipTtl', `${String(leadershipTtlMs)}ms`],
  ];
  return values.flatMap(([path, value]) => (value === undefined ? [] : [{ path, value: oneLine(value) }]));
}

function oneLine(value: Exclude<Value, undefined>): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}

/** A password may have any sign but those that end it. */
function withoutUsers(urls: string): string {
  return urls.replace(/:\/\/[^/,]*@/g, '://');
}
