import { HeadframeError } from '../../common/model/error.js';
import type { FleetReader } from '../fleet/port.js';
import type { ContentStore } from './content-store.js';
import { mayFetch } from './needed-content.js';

/** Hands contents to hosts. */
export class ContentDesk {
  readonly #fleet: Pick<FleetReader, 'instancesOn' | 'workload'>;
  readonly #content: Pick<ContentStore, 'pieces'>;

  constructor(fleet: Pick<FleetReader, 'instancesOn' | 'workload'>, content: Pick<ContentStore, 'pieces'>) {
    this.#fleet = fleet;
    this.#content = content;
  }

  /**
   * A content in pieces, as fast as they are taken; whoever gets them checks the digest. Throws `HeadframeError`:
   * permission_denied ('content_forbidden') for a host that has no instance which needs it, data_loss ('module_content_lost').
   */
  async *fetch(hostId: string, digest: string): AsyncGenerator<Uint8Array> {
    // What is not there is answered alike: nobody learns which there are.
    if (!mayFetch(this.#fleet, hostId, digest)) throw forbidden(hostId);
    yield* this.#content.pieces(digest);
  }
}

function forbidden(hostId: string): HeadframeError {
  return new HeadframeError({
    ...{ code: 'permission_denied', reason: 'content_forbidden' },
    message: `host ${hostId} holds no instance that is built of this content`,
  });
}
