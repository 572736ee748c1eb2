import { HeadframeError } from '../../../common/model/error.js';
import type { CallAudit, CallContext, CallRecord, CallRequest } from '../../../common/rpc/index.js';
import type { AuditLog } from './audit-log.js';
import type { AuditFacts } from './entry.js';
import { targetOf } from './targets.js';

/** What the record of calls writes to, and what time it is. */
export interface AuditCallsParts {
  readonly log: Pick<AuditLog, 'record' | 'refused'>;
  readonly clock: { nowMs(): number };
  /** Told of joins and logins in vain, for the program's log. */
  readonly onVain?: ((refused: VainCall) => void) | undefined;
}

/** A call that a stranger may make, and whose request proved nothing. */
type VainCall = Pick<AuditFacts, 'method' | 'peer' | 'requestId' | 'target' | 'reason'>;

/** Who makes a call that nobody has proven to make. */
const STRANGER = { role: 'stranger', name: '', credential: '' };
/** Strangers may call them: only what they gave to somebody is worth an entry each. */
const OPEN_TO_STRANGERS: ReadonlySet<string> = new Set(
  ['Join', 'Login', 'Rejoin'].map((name) => `/headframe.v1.AccessService/${name}`),
);

/**
 * Records calls that change something, and exec: that they begin before anything is done, and how they ended before anybody
 * hears of it. Calls that were not let in are recorded or, where there are many, counted.
 */
export function auditCalls(parts: AuditCallsParts): CallAudit {
  const { log, clock } = parts;
  return {
    open: (context) => {
      const target = targetOf(context.method);
      return target === undefined ? undefined : new AuditedCall(parts, context, target);
    },
    refused: ({ method, requestId, ...from }, { code, innerReason: reason }, caller) => {
      const { role, name, credential } = caller ?? STRANGER;
      const who = { role, name, credential, peer: peerOf(from), target: '' };
      log.refused({ ...who, atMs: clock.nowMs(), method, requestId, outcome: code, reason, count: 1 });
    },
  };
}

class AuditedCall implements CallRecord {
  readonly #parts: AuditCallsParts;
  readonly #context: CallContext;
  readonly #targetOf: (request: unknown) => string;
  readonly #isOpen: boolean;
  #target = '';
  #ended = false;

  constructor(parts: AuditCallsParts, context: CallContext, targetOf: (request: unknown) => string) {
    this.#parts = parts;
    this.#context = context;
    this.#targetOf = targetOf;
    this.#isOpen = OPEN_TO_STRANGERS.has(context.method);
  }

  async begin(request: unknown): Promise<void> {
    this.#target = this.#targetOf(request);
    if (!this.#isOpen) await this.#parts.log.record(this.#facts('started', ''));
  }

  async end(error?: HeadframeError): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const facts = this.#facts(error?.code ?? 'ok', error?.reason ?? '');
    if (this.#isOpen && error !== undefined) this.#endVain(facts);
    else
      await this.#parts.log.record(facts).catch((cause: unknown) => {
        throw unrecordedError(cause);
      });
  }

  #endVain(facts: AuditFacts): void {
    const { method, peer, requestId, target, reason } = facts;
    this.#parts.onVain?.({ method, peer, requestId, target, reason });
    this.#parts.log.refused(facts);
  }

  #facts(outcome: string, reason: string): AuditFacts {
    const { method, requestId, caller } = this.#context;
    const peer = peerOf(this.#context);
    const { role, name, credential } = caller;
    const target = this.#target;
    const atMs = this.#parts.clock.nowMs();
    return { ...{ role, name, credential, peer, method, target, requestId, outcome, reason, atMs }, count: 1 };
  }
}

/** Where a call came from, and by which coordinator where one handed it on. */
function peerOf({ peer, via }: Pick<CallRequest, 'peer' | 'via'>): string {
  return via === undefined ? peer : `${peer} via ${via}`;
}

function unrecordedError(cause: unknown): HeadframeError {
  return new HeadframeError({
    code: 'unavailable',
    reason: 'audit_outcome_unrecorded',
    message: 'it was done, but the audit log has only that it began',
    remedy: "See what is there now. Make room on the disk of the coordinator's data folder, or mend it.",
    cause,
  });
}
