import type { Clock } from '../../../../common/model/clock.js';
import { judgeDanger, readPlaces } from '../../../chain/registration/index.js';
import type { Danger, Places } from '../../../chain/registration/index.js';
import type { Chain } from '../../../chain/port.js';

interface Known {
  readonly places: Places;
  /** Monotonic milliseconds. */
  readonly atMs: number;
}

/** How near hotkeys are to losing their places: a subnet is read once for all miners in it, and not again before its time. */
export class PlaceWatch {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #ageMs: number;
  /** A network that is declared anew has another connection. */
  readonly #known = new WeakMap<Chain, Map<number, Known>>();

  /** What was read counts for so many milliseconds. */
  constructor(clock: Pick<Clock, 'monotonicMs'>, ageMs: number) {
    this.#clock = clock;
    this.#ageMs = ageMs;
  }

  /** Undefined where nothing can be told, such as of a hotkey that was registered since. Throws what reading from a chain throws. */
  async judge(
    chain: Chain,
    { netuid, hotkey }: { readonly netuid: number; readonly hotkey: string },
    wasNear: boolean,
  ): Promise<Danger | undefined> {
    const { terms, uids } = await this.#placesOf(chain, netuid);
    const uid = uids.get(hotkey);
    return terms === undefined || uid === undefined ? undefined : judgeDanger(terms, uid, wasNear);
  }

  async #placesOf(chain: Chain, netuid: number): Promise<Places> {
    const known = this.#known.get(chain) ?? new Map<number, Known>();
    this.#known.set(chain, known);
    const last = known.get(netuid);
    const nowMs = this.#clock.monotonicMs();
    if (last !== undefined && nowMs - last.atMs < this.#ageMs) return last.places;
    const places = await readPlaces(chain, netuid);
    known.set(netuid, { places, atMs: nowMs });
    return places;
  }
}
