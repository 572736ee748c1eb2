import type { ChallengeType } from '../../../common/model/verdict.js';

/** How hosts are challenged without being asked; times in milliseconds. */
export interface ScheduleSettings {
  readonly types: readonly ChallengeType[];
  /** The mean gap between two challenges of one type and host. */
  readonly intervalMs: number;
  /** A host that has proven nothing is asked within it. */
  readonly firstMs: number;
  /** A failure is asked again within it. */
  readonly confirmMs: number;
  /** Challenges of the whole fleet under way at once; of one host there is never more than one. */
  readonly mostAtOnce: number;
}
