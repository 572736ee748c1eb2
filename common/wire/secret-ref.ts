import { create } from '@bufbuild/protobuf';
import { SecretRefSchema } from '../gen/headframe/v1/miner_pb.js';
import type { SecretRef as WireSecretRef } from '../gen/headframe/v1/miner_pb.js';
import type { PlainMapping } from '../model/manifest/index.js';
import { SECRET_MODE, defaultSecretPath } from '../model/secret.js';
import type { SecretRef } from '../model/secret.js';
import { ON_ROTATE } from './enums.js';

/** Puts a reference to a secret on the wire. */
export function secretToWire({ name, path, mode, uid, onRotate }: SecretRef): WireSecretRef {
  return create(SecretRefSchema, {
    ...{ name, path, mode },
    ...(uid === undefined ? {} : { uid }),
    onRotate: ON_ROTATE.toWire(onRotate),
  });
}

/** Reads a reference as the coordinator resolved it; its limits were checked when it was applied. */
export function secretFromWire({ name, path, mode, uid, onRotate }: WireSecretRef): SecretRef {
  return {
    name,
    path: path === '' ? defaultSecretPath(name) : path,
    mode: mode ?? SECRET_MODE,
    ...(uid === undefined ? {} : { uid }),
    onRotate: ON_ROTATE.fromWire(onRotate, 'container.secrets.onRotate'),
  };
}

/** A reference from the wire in the user's form, unchecked; what is unset stays out. */
export function secretManifest({ name, path, mode, uid, onRotate }: WireSecretRef): PlainMapping {
  return {
    name,
    path: path === '' ? undefined : path,
    mode: mode === undefined ? undefined : `0${mode.toString(8)}`,
    uid,
    onRotate: onRotate === 0 ? undefined : (ON_ROTATE.find(onRotate) ?? String(onRotate)),
  };
}
