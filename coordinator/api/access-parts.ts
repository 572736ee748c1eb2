import { z } from 'zod';
import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../fleet/port.js';
import type { Credentials } from '../security/credentials/index.js';
import type { Rotation } from '../security/rotation/index.js';
import type { UserAuthority } from '../security/ssh/index.js';

/** What trust is given by. */
export interface Access {
  readonly authority: {
    /** `sha256:` and the digest in hex of its public key. */
    readonly digest: string;
    /** All authorities to trust, in PEM. */
    readonly bundle: string;
  };
  readonly credentials: Credentials;
  readonly rotation: Rotation;
  /** Who certifies SSH users. */
  readonly ssh: { readonly users: Pick<UserAuthority, 'view' | 'rotate'> };
}

/** What the service works with. */
export interface AccessParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  /** Undefined where the coordinator serves in clear. */
  readonly access?: Access | undefined;
}

/** What the handlers of the service work with; `secure` throws where the coordinator serves in clear. */
export interface AccessHandlerParts extends Pick<AccessParts, 'fleet' | 'clock'> {
  readonly secure: () => Access;
}

/** A certificate request in PEM; of which form it is, the authority says. */
export const requestField = z.string().min(1).max(8192);
