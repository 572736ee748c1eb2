import type { Clock } from '../../../common/model/clock.js';
import type { VmDefaults } from './wishes.js';

/** What the routes work with. */
export interface VmRoutesParts {
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
  /** Before the path of each. */
  readonly prefix: string;
  readonly defaults: VmDefaults;
}
