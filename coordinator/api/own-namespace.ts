import type { Caller } from '../../common/model/caller.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';

/** The namespace of a caller who names none: the only one that they are held to, or the default one. */
export function ownNamespace({ namespaces = [] }: Caller): string {
  const [only] = namespaces;
  return namespaces.length === 1 && only !== undefined ? only : DEFAULT_NAMESPACE;
}
