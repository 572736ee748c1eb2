import type { Caller } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import type { FleetEvent } from '../../common/model/event.js';
import type { MinerSpec } from '../../common/model/miner.js';
import type { FleetPort } from '../fleet/port.js';
import { MinerNamespaces } from './miner-namespaces.js';
import { ScopedFleet } from './scoped-fleet.js';
import type { FleetSight } from './scoped-fleet.js';

/** What somebody may see and change of the fleet; for whoever is held to no namespaces, that is all of it. */
export interface Scope {
  /** Undefined means all; in order. */
  readonly namespaces: readonly string[] | undefined;
  /** The fleet without what is others'. */
  readonly fleet: FleetSight;
  /** Whether a miner was theirs when the fleet had that revision. */
  hadMiner(name: string, revision: number): boolean;
  /** Whether a miner is theirs, or has been. */
  knowsMiner(name: string): boolean;
  sees(event: FleetEvent): boolean;
  /**
   * Lets these be applied. Throws `HeadframeError`: permission_denied ('namespace_forbidden') for a namespace that is not
   * theirs, already_exists ('miner_name_taken') for the name of somebody else's miner.
   */
  requireOwn(specs: readonly MinerSpec[]): void;
}

/** Knows what of the fleet each caller sees: the one place where namespaces are looked at. */
export class Scopes {
  readonly #fleet: FleetPort;
  readonly #owners: MinerNamespaces;
  readonly #all: Scope;

  constructor(fleet: FleetPort) {
    this.#fleet = fleet;
    this.#owners = new MinerNamespaces(fleet);
    const yes = (): boolean => true;
    const nothing = (): void => undefined;
    this.#all = { namespaces: undefined, fleet, hadMiner: yes, knowsMiner: yes, sees: yes, requireOwn: nothing };
  }

  /** What a caller may see and change. */
  of({ namespaces }: Pick<Caller, 'namespaces'>): Scope {
    return namespaces === undefined ? this.#all : this.#heldTo([...new Set(namespaces)].sort());
  }

  #heldTo(namespaces: readonly string[]): Scope {
    const own = new Set(namespaces);
    const owners = this.#owners;
    const hadMiner = (name: string, revision: number): boolean => own.has(owners.at(name, revision) ?? '');
    return {
      namespaces,
      fleet: new ScopedFleet(this.#fleet, own),
      hadMiner,
      knowsMiner: (name) => owners.wasIn(name, own),
      sees: ({ subject, id, miner, revision }) => {
        const about = miner === '' && subject === 'miner' ? id : miner;
        return about === '' ? subject === 'host' : hadMiner(about, revision);
      },
      requireOwn: (specs) => {
        requireOwn(specs, own, (name) => this.#fleet.miner(name)?.spec.namespace);
      },
    };
  }
}

function requireOwn(
  specs: readonly MinerSpec[],
  own: ReadonlySet<string>,
  ownerOf: (miner: string) => string | undefined,
): void {
  const foreign = specs.flatMap(({ namespace }, at) => (own.has(namespace) ? [] : { at, namespace }));
  if (foreign.length > 0) throw forbidden(foreign, own);
  for (const { name } of specs) {
    const owner = ownerOf(name);
    if (owner !== undefined && !own.has(owner)) throw nameTaken(name);
  }
}

function forbidden(
  foreign: readonly { readonly at: number; readonly namespace: string }[],
  own: ReadonlySet<string>,
): HeadframeError {
  const names = [...new Set(foreign.map(({ namespace }) => namespace))].join(', ').slice(0, 200);
  const expected = own.size === 0 ? 'none: this identity has no namespaces' : [...own].join(' or ').slice(0, 200);
  return new HeadframeError({
    code: 'permission_denied',
    reason: 'namespace_forbidden',
    message: `this identity may change nothing in ${names}`,
    remedy: 'Use one of its own namespaces, or ask an admin for an identity that has this one.',
    violations: foreign.map(({ at, namespace }) => ({
      path: `miners[${String(at)}].namespace`,
      value: namespace,
      expected,
    })),
    metadata: { namespace: names },
  });
}

function nameTaken(name: string): HeadframeError {
  return new HeadframeError({
    code: 'already_exists',
    reason: 'miner_name_taken',
    message: `the name ${name} is taken`,
    remedy: 'Choose another: names of miners are unique in the whole fleet.',
    metadata: { miner: name },
  });
}
