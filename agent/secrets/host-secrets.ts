import { create } from '@bufbuild/protobuf';
import { HeldSecretsSchema, SecretsRequestSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { InstanceSecrets, SecretValue, SecretsRequest } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import { MOST_SECRET_BYTES } from '../../common/model/secret.js';
import type { SecretRef } from '../../common/model/secret.js';
import type { Assignment } from '../../common/model/workload.js';
import type { Logger } from '../../common/observe/logger.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import type { Reason } from '../reconcile/record.js';
import type { Runtime } from '../runtime/runtime.js';
import type { SecretsWord } from '../session/session-parts.js';
import { Asking } from './asking.js';
import { ownerIn } from './owner.js';
import type { KeptSecrets } from './secret-folder.js';
import { NO_SECRETS, afterArrival, missingOf } from './secret-index.js';
import type { ArrivedValues, SecretIndex } from './secret-index.js';

/** What an agent keeps its secrets with. */
export interface HostSecretsParts extends Pick<KeptSecrets, 'kept'> {
  readonly folder: Pick<KeptSecrets['folder'], 'prepare' | 'write' | 'give' | 'save' | 'remove'>;
  readonly runtime: Pick<Runtime, 'signal' | 'ownerOf'>;
  /** Asks the coordinator; false when it cannot be asked now. */
  readonly send: (asked: SecretsRequest) => boolean;
  /** Called when what an instance waits for, or is to get, has changed. */
  readonly onChange: (serial: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the secrets of an instance mean for those who decide what it does next. */
export interface SecretStanding {
  /** Why it cannot start yet. */
  readonly awaits?: Reason;
  /** Why its present run is to end and another to begin. */
  readonly renewFor?: Reason;
}

interface Held {
  readonly refs: readonly SecretRef[];
  index: SecretIndex;
  /** Why some could not be had. */
  refusal: Reason | undefined;
}

const SIGNAL_MS = 30_000;
const SIGNAL_AGAIN_MS = 5_000;
/** Answers that stay the same for an instance that has its values, until a new one is told of. */
const SETTLED: ReadonlySet<string> = new Set(['secret_missing', 'secret_damaged', 'secret_forbidden', 'not_assigned']);
/** A place that is not safe is looked at again after this time. */
const SEEK_AGAIN_MS = 15_000;

/**
 * The secrets of this host's instances: asked for when they are missing, in the container's files when they have come, put
 * in place of older ones while it runs, and gone when it is. What is done to files is done one after another.
 */
export class HostSecrets {
  readonly #parts: HostSecretsParts;
  readonly #asking: Asking;
  readonly #held = new Map<number, Held>();
  readonly #left: Map<number, SecretIndex>;
  readonly #closed = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  readonly #signalling = new Set<number>();
  #askForAll = false;
  #seekingLater = false;

  constructor(parts: HostSecretsParts) {
    this.#parts = parts;
    this.#left = new Map(parts.kept);
    this.#asking = new Asking({ clock: parts.clock, send: (serials) => this.#send(serials) });
  }

  /** A session with the coordinator has begun: values may have changed meanwhile. */
  sessionBegan(): void {
    this.#askForAll = true;
  }

  /** Takes what the host is to hold; what is left of others goes, unless their containers may run. */
  follow(assignments: Iterable<Assignment>, mayRun: (serial: number) => boolean): void {
    const assigned = new Set<number>();
    for (const { serial, workload } of assignments) {
      assigned.add(serial);
      const refs = workload.container.secrets ?? [];
      if (refs.length > 0 && !this.#held.has(serial)) this.#begin(serial, refs);
    }
    this.#seekMissing();
    for (const serial of [...this.#held.keys(), ...this.#left.keys()])
      if (!assigned.has(serial) && !mayRun(serial)) this.#end(serial);
    if (!this.#askForAll) return;
    this.#askForAll = false;
    this.#asking.sessionBegan(this.#held.keys());
  }

  /** What an instance's secrets mean for it. */
  standing({ serial, workload }: Assignment): SecretStanding {
    const refs = workload.container.secrets ?? [];
    if (refs.length === 0) return {};
    const held = this.#held.get(serial);
    const missing = missingOf(refs, held?.index ?? NO_SECRETS);
    if (missing.length > 0) return { awaits: held?.refusal ?? awaited(missing) };
    if (held?.index.restart !== true) return {};
    return { renewFor: { reason: 'secret_rotated', text: 'a secret that it reads has a new value' } };
  }

  /** Gives the files to the user of the container that was made and is about to start; what starts reads the newest. */
  async beforeStart({ serial }: Assignment, signal: AbortSignal): Promise<void> {
    const held = this.#held.get(serial);
    if (held === undefined) return;
    const { runtime, folder } = this.#parts;
    const owner = ownerIn(held.refs, await runtime.ownerOf?.(serial, signal));
    await this.#inTurn(async () => {
      await folder.give({ serial, refs: held.refs }, owner);
      held.index = { ...held.index, owner, restart: false, signals: [] };
      await folder.save(serial, held.index);
    });
  }

  /** Takes what the coordinator says. */
  take(word: SecretsWord): void {
    if (word.case === 'secretsChanged') {
      this.#asking.want(word.value.serials.map(Number).filter((serial) => this.#held.has(serial)));
      return;
    }
    const { instance } = word.value;
    if (instance === undefined) return;
    void this.#inTurn(() => this.#takeIn(instance)).catch((error: unknown) => {
      this.#parts.logger.error({ err: error }, 'an answer about secrets cannot be taken');
    });
  }

  /** Ends it; the files stay for the containers that go on. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#asking.close();
    await this.#work;
  }

  #begin(serial: number, refs: readonly SecretRef[]): void {
    const index = this.#left.get(serial) ?? NO_SECRETS;
    this.#left.delete(serial);
    this.#held.set(serial, { refs, index, refusal: undefined });
    void this.#signal(serial);
  }

  #seekMissing(): void {
    const missing = [...this.#held].filter(([, { refs, index }]) => missingOf(refs, index).length > 0);
    if (missing.length > 0) void this.#seek(missing.map(([serial]) => serial));
  }

  /** Asks for what is missing, once there is a safe place for it. */
  async #seek(serials: readonly number[]): Promise<void> {
    const { folder, clock, onChange } = this.#parts;
    try {
      await this.#inTurn(() => folder.prepare());
      this.#asking.want(serials.filter((serial) => this.#held.has(serial)));
    } catch (error) {
      for (const serial of serials) {
        const held = this.#held.get(serial);
        if (held === undefined) continue;
        held.refusal = refusalOf(error);
        onChange(serial);
      }
      if (this.#seekingLater) return;
      this.#seekingLater = true;
      await clock.sleep(SEEK_AGAIN_MS, this.#closed.signal).catch(() => undefined);
      this.#seekingLater = false;
      if (!this.#closed.signal.aborted) this.#seekMissing();
    }
  }

  #end(serial: number): void {
    this.#held.delete(serial);
    this.#left.delete(serial);
    this.#asking.forget(serial);
    this.#inTurn(() => this.#parts.folder.remove(serial)).catch((error: unknown) => {
      this.#parts.logger.error({ err: error, serial }, 'the secrets of an ended instance cannot be removed');
      // Looked at again with the next assignments.
      this.#left.set(serial, NO_SECRETS);
    });
  }

  #send(serials: readonly number[]): boolean {
    const instances = serials.map((serial) => {
      const values = Object.entries(this.#held.get(serial)?.index.values ?? {});
      const valueIds = Object.fromEntries(values.map(([name, { valueId }]) => [name, valueId]));
      return create(HeldSecretsSchema, { serial: BigInt(serial), valueIds });
    });
    return this.#parts.send(create(SecretsRequestSchema, { instances }));
  }

  async #takeIn({ serial: number, values, reason, text }: InstanceSecrets): Promise<void> {
    const serial = numberFromWire(number, 'serial');
    const held = this.#held.get(serial);
    if (held !== undefined) {
      held.refusal = reason === '' ? undefined : { reason, text };
      if (values.length > 0) await this.#store(serial, held, values);
    }
    // Not before: whoever asks again says which values are there.
    this.#asking.answered(serial);
    if (held === undefined || this.#held.get(serial) !== held) return;
    if (wantsAgain(held)) this.#asking.wantLater(serial);
    this.#parts.onChange(serial);
    void this.#signal(serial);
  }

  /** Nothing of a value is ever told, only that it is there. */
  async #store(serial: number, held: Held, values: readonly SecretValue[]): Promise<void> {
    const { folder, logger } = this.#parts;
    const wanted = values.filter(
      ({ name, value }) => value.length <= MOST_SECRET_BYTES && held.refs.some((ref) => ref.name === name),
    );
    const arrived: ArrivedValues = new Map(wanted.map(({ name, valueId, version }) => [name, { valueId, version }]));
    const index = afterArrival(held.refs, held.index, arrived);
    try {
      await folder.prepare();
      await folder.write({ serial, refs: held.refs }, new Map(wanted.map(({ name, value }) => [name, value])), index);
      held.index = index;
      logger.info({ serial, secrets: [...arrived.keys()] }, 'secrets are in place');
    } catch (error) {
      held.refusal = refusalOf(error);
      // Some may be in place and some not: all of them anew, and what the container is to get for them stays due.
      held.index = { ...index, values: {} };
      logger.error({ serial, err: error }, 'secrets cannot be put in place');
    } finally {
      for (const { value } of values) value.fill(0);
    }
  }

  /** Tells a running container of its new values; one that does not run reads them when it starts. */
  async #signal(serial: number): Promise<void> {
    const { runtime, folder, clock, logger } = this.#parts;
    const pending = (): readonly string[] => signalsDue(this.#held.get(serial));
    if (this.#signalling.has(serial)) return;
    this.#signalling.add(serial);
    while (pending().length > 0 && !this.#closed.signal.aborted) {
      const [name = ''] = pending();
      const told = this.#held.get(serial)?.index.values;
      try {
        await runtime.signal?.(serial, name, AbortSignal.timeout(SIGNAL_MS));
        await this.#inTurn(async () => {
          const held = this.#held.get(serial);
          // Of values that came meanwhile it is told again.
          if (held?.index.values !== told || held === undefined) return;
          held.index = { ...held.index, signals: held.index.signals.filter((one) => one !== name) };
          await folder.save(serial, held.index);
        });
      } catch (error) {
        logger.warn({ serial, signal: name, err: error }, 'a container cannot be told of its new secrets yet');
        await clock.sleep(SIGNAL_AGAIN_MS, this.#closed.signal).catch(() => undefined);
      }
    }
    this.#signalling.delete(serial);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(work);
    this.#work = mine.catch(() => undefined);
    return mine;
  }
}

/** Not before all values are in place. */
function signalsDue(held: Held | undefined): readonly string[] {
  return held === undefined || missingOf(held.refs, held.index).length > 0 ? [] : held.index.signals;
}

/** Whether something could not be given that may be given later, though nobody tells of it. */
function wantsAgain({ refs, index, refusal }: Held): boolean {
  return refusal !== undefined && (missingOf(refs, index).length > 0 || !SETTLED.has(refusal.reason));
}

function awaited(missing: readonly string[]): Reason {
  const names = missing.slice(0, 5).join(', ');
  return { reason: 'secret_awaited', text: `waits for the coordinator to hand out ${names}` };
}

function refusalOf(error: unknown): Reason {
  const { reason, message } = toHeadframeError(error);
  return { reason: reason === 'secret_store_unsafe' ? reason : 'secret_unwritable', text: message };
}
