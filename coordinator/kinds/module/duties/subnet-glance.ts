import type { Clock } from '../../../../common/model/clock.js';
import { heldIn, readHeld } from '../../../chain/metagraph/held-places.js';
import type { HeldPlaces } from '../../../chain/metagraph/held-places.js';
import type { Metagraphs } from '../../../chain/metagraph/metagraphs.js';
import type { Chain } from '../../../chain/port.js';

/** A kept metagraph counts for so many blocks, which are four minutes of 12 seconds. */
const FRESH_BLOCKS = 20;

/** What is glanced at. */
export interface GlanceParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly metagraphs: Pick<Metagraphs, 'last'>;
}

interface Known {
  readonly held: HeldPlaces;
  readonly hotkeys: ReadonlySet<string>;
  /** Monotonic milliseconds. */
  readonly atMs: number;
}

/**
 * The places of a subnet, from one reading for all miners there: the metagraph that is kept where it is no more than 20 blocks
 * behind the best, which costs the chain nothing; else what their hotkeys have, read at once for all, that counts for a time.
 * Good to see that all is as it was; whoever finds something else, and whoever is to pay, reads the chain itself.
 */
export class SubnetGlance {
  readonly #parts: GlanceParts;
  readonly #ageMs: number;
  /** A network that is declared anew has another connection. */
  readonly #known = new WeakMap<Chain, Map<number, Known>>();

  /** What was read counts for so many milliseconds. */
  constructor(parts: GlanceParts, ageMs: number) {
    this.#parts = parts;
    this.#ageMs = ageMs;
  }

  /** `all` gives the hotkeys that are worth reading with this one. Throws what reading from a chain throws. */
  async of(
    chain: Chain,
    { netuid, hotkey }: { readonly netuid: number; readonly hotkey: string },
    all: () => ReadonlySet<string>,
  ): Promise<HeldPlaces> {
    const kept = this.#parts.metagraphs.last(chain.network, netuid)?.metagraph;
    if (kept !== undefined && chain.best !== undefined && chain.best.number - kept.block.number <= FRESH_BLOCKS)
      return heldIn(kept);
    const known = this.#known.get(chain) ?? new Map<number, Known>();
    this.#known.set(chain, known);
    const last = known.get(netuid);
    const nowMs = this.#parts.clock.monotonicMs();
    if (last !== undefined && nowMs - last.atMs < this.#ageMs && last.hotkeys.has(hotkey)) return last.held;
    const hotkeys = all();
    const held = await readHeld(chain, netuid, [...hotkeys]);
    known.set(netuid, { held, hotkeys, atMs: nowMs });
    return held;
  }
}
