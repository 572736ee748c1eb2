import { HeadframeError } from '../../../common/model/error.js';
import type { FieldViolation } from '../../../common/model/error.js';

interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** A call about secrets where nobody in between is kept from reading it. */
export function secretsNeedTls(): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'secrets_need_tls',
    message: 'this coordinator serves in clear, and keeps and hands out no secrets',
    remedy: 'Start it with mutual TLS: without --insecure-loopback.',
  });
}

/** A secret that is there already. */
export function secretExists({ namespace, name }: SecretName, version: number): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'secret_exists',
    message: `the secret ${namespace}/${name} is there, with version ${String(version)}`,
    remedy: `Give it a new value: headframe secrets rotate ${name} --namespace ${namespace}.`,
    metadata: { namespace, name },
  });
}

/** A secret that is not there. */
export function secretNotFound({ namespace, name }: SecretName): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'secret_not_found',
    message: `there is no secret ${namespace}/${name}`,
    remedy: 'headframe secrets ls shows all; headframe secrets set makes one.',
    metadata: { namespace, name },
  });
}

/** A secret that miners refer to. */
export function secretInUse({ namespace, name }: SecretName, miners: readonly string[]): HeadframeError {
  const count = miners.length === 1 ? '1 miner refers' : `${String(miners.length)} miners refer`;
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'secret_in_use',
    message: `${count} to the secret ${namespace}/${name}: ${miners.slice(0, 5).join(', ')}`,
    remedy:
      'Apply them without it first; --force removes it all the same: what runs keeps its file, what starts anew waits.',
    metadata: { namespace, name, miners: String(miners.length) },
  });
}

/** A secret that is the key of a hotkey. */
export function secretOfWallet(
  { namespace, name }: SecretName,
  { wallet, hotkey }: { readonly wallet: string; readonly hotkey: string },
): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'secret_of_wallet',
    message: `the secret ${namespace}/${name} is the key of the hotkey ${hotkey} of the wallet ${wallet}`,
    remedy: `It comes and goes with it: headframe wallets hotkeys rm ${wallet} ${hotkey}.`,
    metadata: { namespace, name, wallet, hotkey },
  });
}

/** More than the coordinator keeps. */
export function tooManySecrets(most: string): HeadframeError {
  return new HeadframeError({
    code: 'resource_exhausted',
    reason: 'too_many_secrets',
    message: `there are ${most} already`,
    remedy: 'Remove those that nothing uses: headframe secrets ls, headframe secrets rm.',
  });
}

/** Miners that refer to secrets that are not there. */
export function secretMissing(violations: readonly FieldViolation[]): HeadframeError {
  const names = [...new Set(violations.map(({ value }) => value ?? ''))];
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'secret_missing',
    message: `${names.length === 1 ? 'this secret is' : 'these secrets are'} not there: ${names.slice(0, 10).join(', ')}; nothing was applied`,
    remedy: 'Make it first: headframe secrets set. Miners refer to secrets of their own namespace alone.',
    violations,
  });
}
