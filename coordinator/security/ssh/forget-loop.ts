import type { Clock } from '../../../common/model/clock.js';
import type { UserAuthority } from './user-authority.js';

/** Time between two looks, in milliseconds. */
const PERIOD_MS = 30_000;

/** Has former keys of the authority of SSH users forgotten within half a minute of the end of the last lease that trusts them. */
export class ForgetLoop {
  readonly #users: Pick<UserAuthority, 'forget'>;
  readonly #clock: Clock;

  constructor(users: Pick<UserAuthority, 'forget'>, clock: Clock) {
    this.#users = users;
    this.#clock = clock;
  }

  /** Runs until the signal. */
  async start(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#users.forget();
      await this.#clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  }
}
