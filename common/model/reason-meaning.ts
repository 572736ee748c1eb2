import type { Severity } from './event.js';

/** What a reason code stands for. */
export interface ReasonMeaning {
  readonly severity: Severity;
  readonly meaning: string;
  readonly remedy: string;
}

/** The usual course of things. */
export const info = (meaning: string): ReasonMeaning => ({ severity: 'info', meaning, remedy: '' });
/** Worth a look. */
export const warning = (meaning: string, remedy: string): ReasonMeaning => ({ severity: 'warning', meaning, remedy });
/** Something failed. */
export const error = (meaning: string, remedy: string): ReasonMeaning => ({ severity: 'error', meaning, remedy });
