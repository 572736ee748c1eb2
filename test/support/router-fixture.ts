import { PassThrough } from 'node:stream';
import type { Writable } from 'node:stream';
import { systemClock } from '../../common/model/clock.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import { Router } from '../../coordinator/router/index.js';
import type { Asked, AskTerms, Question, ReplyHead } from '../../coordinator/router/index.js';
import { addMiner, openFleetFixture } from './fleet-fixture.js';
import type { FleetFixture } from './fleet-fixture.js';
import { sampleHost, sampleSpec } from './fleet-samples.js';
import { ModelServers } from './model-servers.js';

/** What came of a question. */
export interface Answered {
  readonly head: ReplyHead | undefined;
  readonly instance: string;
  readonly text: string;
  /** Whether the answer was broken off. */
  readonly isBroken: boolean;
  readonly error: unknown;
}

const TERMS: AskTerms = { replyBytes: 65_536, headMs: 300, idleMs: 300, totalMs: 1_000, maxOutstanding: 4 };

/** A model `alpha` with instances that answer, and a router that asks them. */
export class RouterFixture {
  readonly servers = new ModelServers();
  readonly ended: Asked[] = [];
  readonly fleet: FleetFixture['fleet'];
  readonly router: Router;
  #first = 0;

  /** Of a fleet that has the model already; see `open`. */
  constructor({ fleet }: Pick<FleetFixture, 'fleet'>, terms: Partial<AskTerms>) {
    this.fleet = fleet;
    this.router = new Router({ fleet, reach: this.servers, clock: systemClock }, { ...TERMS, ...terms });
    this.router.onEnded((asked) => this.ended.push(asked));
  }

  /** Makes it with so many instances, that have no server yet. */
  static async open(instances: number, terms: Partial<AskTerms> = {}): Promise<RouterFixture> {
    const fixture = new RouterFixture(await openFleetFixture(), terms);
    const ports = [{ name: 'http', containerPort: 8080, protocol: 'tcp' as const, hostPort: 0 }];
    fixture.#first = addMiner(
      fixture.fleet,
      { kind: 'model', container: { ...sampleSpec().container, ports } },
      instances,
    );
    fixture.fleet.transact((tx) => tx.putHost(sampleHost()));
    for (const serial of fixture.serials) fixture.change(serial, { state: 'running', hostId: 'host-1' });
    return fixture;
  }

  get serials(): number[] {
    return [...this.fleet.instancesOf('alpha')].map(({ serial }) => serial);
  }

  /** Serial of the instance of that place, counted from 0. */
  serial(at: number): number {
    return this.#first + at;
  }

  change(serial: number, patch: Partial<Pick<InstanceRecord, 'state' | 'health' | 'hostId'>>): void {
    this.fleet.transact((tx) => tx.updateInstance(serial, { reason: 'tested', text: '', ...patch }));
  }

  /** Asks and reads the answer to its end; never rejects. */
  async ask(question: Partial<Question> = {}, signal = new AbortController().signal): Promise<Answered> {
    const sink = new PassThrough({ highWaterMark: 1 << 20 });
    const chunks: Buffer[] = [];
    sink.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    const { head, instance, error } = await this.askInto(sink, question, signal);
    await new Promise((resolve) => setImmediate(resolve));
    return {
      head,
      instance,
      error,
      text: Buffer.concat(chunks).toString(),
      isBroken: sink.destroyed && !sink.readableEnded,
    };
  }

  /** Asks and has the answer written there. */
  async askInto(
    sink: Writable,
    question: Partial<Question> = {},
    signal = new AbortController().signal,
  ): Promise<Pick<Answered, 'head' | 'instance' | 'error'>> {
    let begun: { readonly head: ReplyHead; readonly instance: string } | undefined;
    const answering = {
      stallMs: 300,
      begin: (head: ReplyHead, instance: string) => {
        begun = { head, instance };
        return sink;
      },
    };
    const whole = {
      model: 'alpha',
      verb: 'POST',
      path: '/api/chat',
      headers: {},
      body: undefined,
      ...question,
    } as const;
    const error: unknown = await this.router.ask(whole, answering, signal).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { head: begun?.head, instance: begun?.instance ?? '', error };
  }

  close(): void {
    void this.router.close();
    this.servers.close();
  }
}
