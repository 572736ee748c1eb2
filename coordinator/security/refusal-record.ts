import type { HeadframeError } from '../../common/model/error.js';
import type { CallContext, RefusedConnection } from '../../common/rpc/index.js';
import type { Clock } from '../../common/model/clock.js';
import type { Logger } from '../../common/observe/logger.js';
import { connectionFacts } from './audit/index.js';
import type { AuditLog } from './audit/index.js';
import { RefusalLog } from './refusal-log.js';

/** Where refusals are told. */
export interface RefusalRecordParts {
  readonly logger: Logger;
  readonly audit: Pick<AuditLog, 'refused'>;
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
}

/** Of a host id that somebody makes up no more is kept; real ones are shorter. */
const LONGEST_HOST = 128;

/** Puts what is refused on record, with its reason: in the log and in the audit. Waits for neither. */
export class RefusalRecord {
  /** Of calls whose refusal the audit hears from the server itself. */
  readonly log: (refused: object) => void;
  readonly #parts: RefusalRecordParts;

  constructor(parts: RefusalRecordParts) {
    this.#parts = parts;
    this.log = new RefusalLog(parts.logger, parts.clock).note;
  }

  /** A connection was dropped, or a call on it before anybody looked who makes it. */
  readonly connection = (refused: RefusedConnection): void => {
    this.log(refused);
    const facts = connectionFacts(refused, this.#parts.clock.nowMs());
    if (facts !== undefined) this.#parts.audit.refused(facts);
  };

  /** An agent spoke for a host that is not its own. */
  readonly session = (context: CallContext, hostId: string, { code, reason }: HeadframeError): void => {
    const { method, peer, requestId, caller } = context;
    const { role, name, credential } = caller;
    const target = `host/${hostId.slice(0, LONGEST_HOST)}`;
    this.log({ method, peer, requestId, reason, name, target });
    const who = { role, name, credential, peer, method, target, requestId };
    this.#parts.audit.refused({ ...who, atMs: this.#parts.clock.nowMs(), outcome: code, reason, count: 1 });
  };
}
