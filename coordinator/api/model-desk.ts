import type { Caller } from '../../common/model/caller.js';
import type { Answering, Question, Router } from '../router/index.js';
import { findMiner } from './find.js';
import type { Scopes } from './scope.js';

/** Has models answer to whoever may ask them. */
export class ModelDesk {
  readonly #scopes: Scopes;
  readonly #router: Pick<Router, 'ask'>;

  constructor(parts: { readonly scopes: Scopes; readonly router: Pick<Router, 'ask'> }) {
    this.#scopes = parts.scopes;
    this.#router = parts.router;
  }

  /** As the router does, for a caller. Throws `HeadframeError` as it does, and not_found ('miner_not_found') for models of others. */
  async ask(caller: Caller, question: Question, answering: Answering, signal: AbortSignal): Promise<void> {
    findMiner(this.#scopes.of(caller).fleet, question.model);
    await this.#router.ask(question, answering, signal);
  }
}
