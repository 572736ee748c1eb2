import type { Clock } from '../../../../common/model/clock.js';
import { placesOf } from './presence.js';
import type { PlotListParts } from './plot-list.js';
import type { LoadedSettings } from './settings.js';

/** What the program takes from its process. */
export interface SpaceWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly clock: Clock;
  readonly version: string;
  readonly print: (line: string) => void;
  /** For errors and remarks. */
  readonly complain: (line: string) => void;
  /** Asks a person; undefined where nobody sits there. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a command works with. */
export interface SpaceCall extends LoadedSettings {
  readonly world: SpaceWorld;
}

/** Flags by commander's names for them. */
export type SpaceFlags = Readonly<Record<string, string | boolean | undefined>>;

/** The list of plots that a command works with. */
export function listOf({ settings, file, world }: SpaceCall): PlotListParts {
  return { settings, places: placesOf(file), clock: world.clock, remark: world.complain };
}
