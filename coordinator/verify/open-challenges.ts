import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import type { Clock } from '../../common/model/clock.js';
import type { FleetPort } from '../fleet/port.js';
import { Challenger } from './challenger.js';
import { HostChallenges } from './host-challenges.js';
import type { Rooms } from './host-challenges.js';
import { hostKeysBy } from './host-key.js';
import type { KnowsHosts } from './host-key.js';
import type { OpenTunnel } from './port.js';
import type { ReferenceRates } from './rates.js';
import { VerifierProcess } from './verifier.js';

/** What challenges take from the coordinator. */
export interface OpenChallengesParts {
  readonly fleet: FleetPort & { readonly epoch: number };
  readonly openTunnel: OpenTunnel;
  readonly rooms: Rooms;
  /** Undefined where agents speak in clear. */
  readonly credentials: KnowsHosts | undefined;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly rates: ReferenceRates;
}

/** One tag of a memory challenge in so many is made again. */
const ONE_IN = 20;
/** Of this machine's memory: what a tag may take that is made again. */
const MEMORY_SHARE = 0.25;

/** Opens what asks hosts for proofs; the verifier's process starts with the first of them. */
export function openChallenges(parts: OpenChallengesParts): HostChallenges & { close(): Promise<void> } {
  const { fleet, openTunnel, rooms, credentials, clock, newId, rates } = parts;
  const verifier = new VerifierProcess(clock);
  const challenger = new Challenger({
    ...{ openTunnel, verifier, clock, random: randomBytes, epoch: fleet.epoch, rates },
    hostKeyOf: credentials && hostKeysBy(credentials),
    lottery: { oneIn: ONE_IN, mostMemoryBytes: MEMORY_SHARE * totalmem() },
  });
  const close = (): Promise<void> => {
    verifier.close();
    return Promise.resolve();
  };
  return Object.assign(new HostChallenges({ fleet, rooms, challenger, newId }), { close });
}
