import type { InstanceSecrets, SecretsRequest } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { StoreCommit } from '../store/store.js';
import type { HostSession, SessionIdentity } from './host-session.js';

/** The agent that asks for secrets, and what has proven it. */
type Asker = Pick<SessionIdentity, 'hostId' | 'proof'>;

/** Who hands out secrets. */
export interface SecretDesk {
  /** Calls `send` for each instance that was asked about. Rejects for a request that cannot be read, and when `send` does. */
  answer(asker: Asker, asked: SecretsRequest, send: (answer: InstanceSecrets) => Promise<void>): Promise<void>;
  /** Serials, by host, of the instances that are to have what a commit has changed. */
  concernedBy(commit: StoreCommit): ReadonlyMap<string, readonly number[]>;
}

/** Takes the requests of agents to the desk, of each session one at a time; nothing else of the session waits for the answer. */
export class SecretTurns {
  readonly #desk: SecretDesk | undefined;
  readonly #busy = new WeakSet<HostSession>();

  constructor(desk: SecretDesk | undefined) {
    this.#desk = desk;
  }

  /** Asks the desk, unless an answer to the same agent is under way: it asks again. */
  take(session: HostSession, asked: SecretsRequest): void {
    if (this.#desk === undefined || this.#busy.has(session)) return;
    this.#busy.add(session);
    this.#desk
      .answer(session.identity, asked, (answer) => session.giveSecrets(answer))
      .catch((error: unknown) => {
        session.end(toHeadframeError(error));
      })
      .finally(() => {
        this.#busy.delete(session);
      });
  }
}
