import type { SecretRef } from '../../common/model/secret.js';
import { runtimeError } from '../runtime/runtime-error.js';
import type { ContainerOwner } from '../runtime/runtime.js';
import type { SecretOwner } from './secret-index.js';

/**
 * Who owns an instance's files on the host, by the user that its container was made with. Pure.
 * @throws HeadframeError `secret_owner_unknown` for a user by name, which only the image can tell the id of
 */
export function ownerIn(refs: readonly SecretRef[], container: ContainerOwner | undefined): SecretOwner {
  const { user, firstUid } = container ?? { user: '', firstUid: 0 };
  const [name = ''] = user.split(':');
  if (name === '' || name === 'root') return { uid: 0, firstUid };
  if (/^\d{1,10}$/.test(name)) return { uid: Number(name), firstUid };
  const unowned = refs.filter(({ uid }) => uid === undefined).map((ref) => ref.name);
  if (unowned.length === 0) return { firstUid };
  throw runtimeError(
    'secret_owner_unknown',
    `the container runs as ${name}, whose id is not known: ${unowned.join(', ')}`,
  );
}
