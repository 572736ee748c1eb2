import { CoordinatorRoute } from '../model/coordinator-route.js';
import { toHeadframeError } from '../model/error.js';

/**
 * Asks coordinators one after the other, and the leader that one of them names: for whoever knows each that answers by its
 * authority. Rejects with the last failure.
 */
export async function askLeader<T>(addresses: readonly string[], ask: (address: string) => Promise<T>): Promise<T> {
  const route = new CoordinatorRoute(addresses, true);
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask(route.current);
    } catch (thrown) {
      const error = toHeadframeError(thrown);
      if (error.code !== 'unavailable' || tries > addresses.length) throw error;
      if (route.turn(error) !== 'now' && addresses.length === 1) throw error;
    }
  }
}
