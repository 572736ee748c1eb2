import { create } from '@bufbuild/protobuf';
import { InstanceSecretsSchema, SecretValueSchema } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import type { InstanceSecrets, SecretsRequest } from '../../../common/gen/headframe/v1/agent_service_pb.js';
import type { Clock } from '../../../common/model/clock.js';
import { toHeadframeError } from '../../../common/model/error.js';
import type { SecretRecord } from '../../../common/model/secret.js';
import { numberFromWire } from '../../../common/wire/numbers.js';
import type { AuditFacts } from '../audit/index.js';
import type { FleetPort } from '../../fleet/port.js';
import type { StoreCommit } from '../../store/store.js';
import { concernedBy } from './concerned.js';
import { judgeHeld } from './judge-held.js';
import type { HeldSecrets, Judged } from './judge-held.js';
import { secretsNeedTls } from './refusals.js';
import type { Secrets } from './secrets.js';

/** The agent that asks. */
export interface SecretAsker {
  readonly hostId: string;
  /** The serial of the certificate that has proven it, and where it calls from; undefined for one that speaks in clear. */
  readonly proof: { readonly credential: string; readonly peer: string } | undefined;
}

/** What the delivery works with. */
export interface DeliveryParts {
  readonly fleet: FleetPort;
  /** Undefined where the coordinator serves in clear. */
  readonly secrets: Pick<Secrets, 'reveal'> | undefined;
  readonly audit: {
    record(facts: AuditFacts): Promise<void>;
    refused(facts: AuditFacts): void;
  };
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** A request of more is answered as far as this. */
const MOST_INSTANCES = 1_000;
/** Instances that are answered at once: a session has room for far fewer messages than instances may be asked about. */
const AT_ONCE = 32;
/** What the audit calls it when a host is given, or denied, values. */
const READ_METHOD = 'secret.read';

/** Hands values to the hosts of the instances that refer to them, once that is on record, and to nobody else. */
export class SecretDelivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Answers for some instances after others, as fast as `send` takes them. Never rejects but by what `send` rejects with. */
  async answer(
    asker: SecretAsker,
    { instances }: SecretsRequest,
    send: (answer: InstanceSecrets) => Promise<void>,
  ): Promise<void> {
    const asked = instances.slice(0, MOST_INSTANCES).map(({ serial, valueIds }) => ({
      serial: numberFromWire(serial, 'serial'),
      valueIds: new Map(Object.entries(valueIds)),
    }));
    // Some together, so that what is recorded of them is written at once.
    for (let from = 0; from < asked.length; from += AT_ONCE)
      await Promise.all(
        asked.slice(from, from + AT_ONCE).map(async (held) => send(await this.#answerOne(asker, held))),
      );
  }

  /** Serials, by host, of the instances that are to have what a commit has changed. */
  concernedBy(commit: StoreCommit): ReadonlyMap<string, readonly number[]> {
    return concernedBy(this.#parts.fleet, commit);
  }

  async #answerOne(asker: SecretAsker, held: HeldSecrets): Promise<InstanceSecrets> {
    const { fleet, secrets, audit } = this.#parts;
    const serial = BigInt(held.serial);
    try {
      if (secrets === undefined || asker.proof === undefined) throw secretsNeedTls();
      const judged = judgeHeld(fleet, asker.hostId, held);
      if (judged.forbidden) audit.refused(this.#facts(asker, judged, 'permission_denied'));
      // Opened before, so that nothing is on record as given that cannot be.
      const values = judged.give.map((record) => valueOf(record, secrets.reveal(record)));
      // What is not durable yet, a crash would take back.
      await fleet.transact(() => undefined).durable;
      if (judged.give.length > 0) await audit.record(this.#facts(asker, judged, 'ok'));
      return create(InstanceSecretsSchema, { serial, values, reason: judged.reason, text: judged.text });
    } catch (error) {
      const { reason, message } = toHeadframeError(error);
      return create(InstanceSecretsSchema, { serial, reason, text: message });
    }
  }

  #facts({ hostId, proof }: SecretAsker, { subject, give, reason }: Judged, outcome: string): AuditFacts {
    const target = [subject, ...give.map(({ namespace, name }) => `secret/${namespace}/${name}`)].join(',');
    const who = { role: 'agent', name: hostId, credential: proof?.credential ?? '', peer: proof?.peer ?? '' };
    const why = outcome === 'ok' ? '' : reason;
    return {
      ...who,
      atMs: this.#parts.clock.nowMs(),
      method: READ_METHOD,
      target,
      outcome,
      reason: why,
      requestId: '',
      count: 1,
    };
  }
}

function valueOf({ name, version, valueId }: SecretRecord, value: Buffer) {
  return create(SecretValueSchema, { name, version, valueId, value: Uint8Array.from(value) });
}
