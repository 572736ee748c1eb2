import type { SecretService } from '../../common/gen/headframe/v1/secret_service_pb.js';
import type { Caller } from '../../common/model/caller.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';
import { MOST_SECRET_BYTES, SECRET_NAME } from '../../common/model/secret.js';
import type { SecretRecord } from '../../common/model/secret.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { secretViewToWire } from '../../common/wire/client.js';
import { requireNamespace } from '../namespaces/index.js';
import { secretsNeedTls, usersOf } from '../security/secrets/index.js';
import type { SecretValue } from '../security/secrets/index.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';
import type { FleetSight } from './scoped-fleet.js';

/** Miners named in what is said of a secret. */
const MOST_MINERS = 100;

type Parts = Pick<HandlerParts, 'fleet' | 'scopes' | 'secrets'>;

/** The service that takes secrets in; it gives none away. */
export function secretService({ fleet, scopes, secrets }: Parts): ServiceImplementation<typeof SecretService> {
  const kept = () => {
    if (secrets === undefined) throw secretsNeedTls();
    return secrets;
  };
  const named = <R extends Omit<SecretValue, 'value'>>(asked: R, caller: Caller): R => {
    const namespace = asked.namespace || DEFAULT_NAMESPACE;
    requireNamespace(scopes.of(caller).fleet, namespace);
    if (SECRET_NAME.test(asked.name)) return { ...asked, namespace };
    const expected = '1-63 characters of a-z, 0-9 and . _ -, beginning with a letter or digit';
    throw invalidRequest({ path: 'name', value: asked.name.slice(0, 80), expected });
  };
  const valued = (asked: SecretValue, caller: Caller): SecretValue => {
    const { length } = asked.value;
    if (length >= 1 && length <= MOST_SECRET_BYTES) return named(asked, caller);
    const expected = `1 to ${String(MOST_SECRET_BYTES)} bytes`;
    throw invalidRequest({ path: 'value', value: `${String(length)} bytes`, expected });
  };
  return {
    setSecret: async (asked, { caller }) => {
      const made = await kept().set(valued(asked, caller), caller.name);
      return { secret: viewOf(fleet, made) };
    },
    rotateSecret: async (asked, { caller }) => {
      const made = await kept().rotate(valued(asked, caller), caller.name);
      return { secret: viewOf(fleet, made) };
    },
    listSecrets: async ({ namespace }, { caller }) => {
      kept();
      const seen = scopes.of(caller).fleet;
      if (namespace !== '') requireNamespace(seen, namespace);
      const { value } = await readDurably(fleet, () => {
        const all = [...seen.secrets()].filter((secret) => namespace === '' || secret.namespace === namespace);
        return inOrder(all, (secret) => `${secret.namespace}/${secret.name}`).map((secret) => viewOf(seen, secret));
      });
      return { secrets: value };
    },
    removeSecret: async (asked, { caller }) => {
      const miners = await kept().remove(named(asked, caller), asked.force);
      return { miners: miners.slice(0, MOST_MINERS) };
    },
  };
}

function viewOf(fleet: Pick<FleetSight, 'miners'>, { envelope, valueId: _valueId, ...record }: SecretRecord) {
  const miners = usersOf(fleet, record.namespace, record.name).slice(0, MOST_MINERS);
  return secretViewToWire({ ...record, keyId: envelope.keyId, miners });
}
