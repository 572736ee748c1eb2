import { readFile } from 'node:fs/promises';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { FleetPort } from '../fleet/port.js';
import { judgeSpec } from './judge.js';
import { DEFAULT_POLICY, parsePolicy, policyInvalid } from './policy.js';
import type { HostPolicy } from './policy.js';

/** What a policy file needs. */
export interface PolicyFileParts {
  readonly fleet: Pick<FleetPort, 'transact' | 'miners'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time between two looks at the file, in milliseconds: reading a small file is cheap, and links are followed anew. */
const LOOK_MS = 2000;

/**
 * The policy in force. The file is read again when it changes; one that cannot be used is told of, and the policy before it
 * stays. What runs is never touched by a change.
 */
class PolicyFile {
  readonly #path: string | undefined;
  readonly #parts: PolicyFileParts;
  #policy: HostPolicy;
  /** As last looked at, used or not, so that each text is told of once; undefined when it could not be read. */
  #text: string | undefined;

  constructor(path: string | undefined, parts: PolicyFileParts, first: { policy: HostPolicy; text: string }) {
    this.#path = path;
    this.#parts = parts;
    this.#policy = first.policy;
    this.#text = first.text;
  }

  /** The policy in force. */
  get current(): HostPolicy {
    return this.#policy;
  }

  /** Looks at the file until the signal; ends at once without one. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#path === undefined) return;
    for (;;) {
      await this.#parts.clock.sleep(LOOK_MS, signal).catch(() => undefined); // rejects at the signal
      if (signal.aborted) return;
      await this.#look(this.#path);
    }
  }

  /** Looks at the file now; resolves when it is in force, or told of as wrong. */
  async reload(): Promise<void> {
    if (this.#path !== undefined) await this.#look(this.#path);
  }

  async #look(path: string): Promise<void> {
    try {
      const text = await readPolicy(path).catch((error: unknown) => {
        // Told of once, like a text that is wrong.
        if (this.#text === undefined) return undefined;
        this.#text = undefined;
        throw error;
      });
      if (text === undefined || text === this.#text) return;
      this.#text = text;
      this.#policy = parsePolicy({ name: path, text });
      this.#tellLoaded(path);
    } catch (error) {
      this.#tellInvalid(path, error);
    }
  }

  #tellLoaded(path: string): void {
    const { fleet, logger } = this.#parts;
    const beyond = [...fleet.miners()].filter(({ spec }) => judgeSpec(spec, this.#policy).length > 0);
    const names = beyond.map(({ spec }) => spec.name).sort();
    logger.info({ file: path, beyond: names.slice(0, 20) }, 'the policy file was read again');
    const text =
      names.length === 0
        ? 'All miners keep to it.'
        : `${String(names.length)} miners ask for more and go on as they are: ${names.slice(0, 5).join(', ')}.`;
    fleet.transact((tx) => tx.event({ subject: 'fleet', id: '', reason: 'policy_loaded', text }));
  }

  #tellInvalid(path: string, error: unknown): void {
    const { fleet, logger } = this.#parts;
    const violations = error instanceof HeadframeError ? error.violations : [];
    logger.error({ err: error, file: path, violations }, 'the policy file cannot be used; the policy before it stays');
    const why = violations.map((one) => `${one.path}: expected ${one.expected}`).slice(0, 5);
    const text = `The policy before it stays. ${why.join('; ')}`.trimEnd();
    fleet.transact((tx) => tx.event({ subject: 'fleet', id: '', reason: 'policy_invalid', text }));
  }
}

/** Reads the policy; without a path the default one is in force for good. Throws `HeadframeError` ('policy_invalid'). */
export async function openPolicyFile(path: string | undefined, parts: PolicyFileParts): Promise<PolicyFile> {
  if (path === undefined) return new PolicyFile(path, parts, { policy: DEFAULT_POLICY, text: '' });
  const text = await readPolicy(path);
  return new PolicyFile(path, parts, { policy: parsePolicy({ name: path, text }), text });
}

async function readPolicy(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    const expected = `a file that can be read (${error instanceof Error ? error.message : String(error)})`;
    throw policyInvalid(path, [{ document: path, path: '', expected }], error);
  });
}
