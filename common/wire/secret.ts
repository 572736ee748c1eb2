import { create } from '@bufbuild/protobuf';
import { SecretSchema } from '../gen/headframe/v1/secret_service_pb.js';
import type { Secret } from '../gen/headframe/v1/secret_service_pb.js';
import type { SecretRecord } from '../model/secret.js';
import { numberFromWire, numberToWire } from './numbers.js';

/** A secret as people see it: who uses it, and nothing of its value. */
export interface SecretView extends Pick<
  SecretRecord,
  'namespace' | 'name' | 'version' | 'size' | 'createdAtMs' | 'setAtMs' | 'setBy'
> {
  readonly keyId: string;
  /** Names of the miners that refer to it. */
  readonly miners: readonly string[];
}

/** Puts a secret on the wire, without its value. */
export function secretViewToWire(view: SecretView): Secret {
  const { namespace, name, version, size, setBy, keyId } = view;
  return create(SecretSchema, {
    ...{ namespace, name, version, size, setBy, keyId },
    miners: [...view.miners],
    createdAtMs: numberToWire(view.createdAtMs, 'createdAtMs'),
    setAtMs: numberToWire(view.setAtMs, 'setAtMs'),
  });
}

/** Reads a secret as the coordinator sends it. Throws HeadframeError (invalid_argument, 'number_out_of_range'). */
export function secretViewFromWire({
  namespace,
  name,
  version,
  size,
  setBy,
  keyId,
  miners,
  ...times
}: Secret): SecretView {
  return {
    ...{ namespace, name, version, size, setBy, keyId, miners },
    createdAtMs: numberFromWire(times.createdAtMs, 'createdAtMs'),
    setAtMs: numberFromWire(times.setAtMs, 'setAtMs'),
  };
}
