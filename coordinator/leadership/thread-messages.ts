import type { ErrorFacts, HeadframeError } from '../../common/model/error.js';
import type { LossReason } from './contender.js';
import type { LeaseHolder } from './lease-entry.js';

/** What the thread that keeps the lease is told; terms go by number, from 1. */
export type ToThread =
  | { readonly kind: 'run' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'close' }
  | { readonly kind: 'hinder'; readonly why: ErrorFacts | undefined }
  | { readonly kind: 'end'; readonly term: number; readonly rests: boolean };

/** What it tells; `memory` is that of the term's `HeldUntil`. */
export type FromThread =
  | { readonly kind: 'opened' | 'stopped' }
  | { readonly kind: 'refused'; readonly why: ErrorFacts }
  | { readonly kind: 'leader'; readonly holder: LeaseHolder | undefined }
  | { readonly kind: 'term'; readonly term: number; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'lost'; readonly term: number; readonly why: LossReason }
  | { readonly kind: 'ended'; readonly term: number }
  | LogLine;

/** A line for the log. */
export interface LogLine {
  readonly kind: 'log';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** What of an error another thread can be handed. */
export function factsOf({
  code,
  reason,
  innerReason,
  message,
  remedy,
  violations,
  metadata,
}: HeadframeError): ErrorFacts {
  return { code, reason, innerReason, message, violations, metadata, ...(remedy !== undefined && { remedy }) };
}
