import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { certificateRequest } from '../../common/enrolment/index.js';
import { NO_CREDENTIAL } from '../../common/model/caller.js';
import { systemClock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { handOnTo } from '../../common/rpc/hand-on-to.js';
import type { HandingOn } from '../../common/rpc/hand-on-to.js';
import { Channel, RpcServer, createClient } from '../../common/rpc/index.js';
import type {
  CertificateSource,
  Certificates,
  ChannelSecurity,
  Client,
  ServiceImplementation,
} from '../../common/rpc/index.js';
import type { Authority } from '../../coordinator/security/authority/index.js';
import { createAuthorize, knowCoordinators } from '../../coordinator/security/index.js';
import { plainEcho } from './echo-server.js';
import { EchoService } from './gen/echo/v1/echo_pb.js';
import { MemoryPlace } from './memory-place.js';
import { openTestAuthority } from './test-authority.js';

/** What the one that leads takes for a token. */
export const TOKEN = 'key.secret';

/** One that leads, and any number that follow and hand on what they are asked. */
export class HandOnPair implements AsyncDisposable {
  readonly authority: Authority;
  address = '';
  readonly own: Certificates;
  readonly #closers: (() => unknown)[] = [];
  revoked = '';
  /** Of the one that leads. */
  revision = 7;
  /** Why the one that leads answers nothing. */
  refusal: HeadframeError | undefined;
  /** How many calls those that follow have looked at. */
  looks = 0;
  /** What came of the calls that were handed on. */
  readonly outcomes: string[] = [];
  /** Why calls were refused where they are served. */
  readonly refused: string[] = [];

  constructor(authority: Authority, own: Certificates) {
    this.authority = authority;
    this.own = own;
  }

  static async open(handlers: Partial<ServiceImplementation<typeof EchoService>> = {}): Promise<HandOnPair> {
    const authority = await openTestAuthority(new MemoryPlace(), systemClock);
    const own = await authority.issueServer(['127.0.0.1']);
    const pair = new HandOnPair(authority, own);
    await pair.#lead(handlers);
    return pair;
  }

  async #lead(handlers: Partial<ServiceImplementation<typeof EchoService>>): Promise<void> {
    const { authority } = this;
    const authorize = createAuthorize({
      authority,
      isRevoked: (serial) => serial === this.revoked,
      bearer: (shown) =>
        shown === TOKEN
          ? { role: 'operator', name: 'bot', credential: 'token/key' }
          : { refused: 'token_unknown', error: new HeadframeError(UNKNOWN_TOKEN) },
      onRefused: ({ reason }) => this.refused.push(reason),
    });
    const server = new RpcServer({
      ...{ clock: systemClock, newRequestId: randomUUID, onUnforeseen: () => undefined },
      ...{ authorize, coordinatorOf: knowCoordinators(authority) },
      ...{ revision: () => this.revision, refuses: () => this.refusal },
      audit: {
        open: () => undefined,
        refused: ({ via = 'nobody' }, { innerReason }, caller) =>
          this.refused.push(`${innerReason} ${caller?.name ?? 'stranger'} via ${via}`),
      },
    });
    server.add(EchoService, { ...plainEcho, ...handlers });
    server.takeConnections(({ stream }) => stream.resume());
    this.address = await server.listen('127.0.0.1:0', { kind: 'mutual', source: fixed(this.own) });
    this.#closers.push(() => server.shutdown(0));
  }

  /** A server that hands on to that address; the answer is its own. */
  async follow(target: () => string | undefined = () => this.address, name = 'c2:1', most = 50): Promise<Follower> {
    const { authority } = this;
    const identity = await authority.issueCoordinator(name);
    const shown = { role: 'viewer', name: 'token', credential: NO_CREDENTIAL } as const;
    const authorize = createAuthorize({
      authority,
      isRevoked: () => false,
      bearer: () => shown,
      onRefused: () => undefined,
    });
    const handing = handOnTo({
      ...{ clock: systemClock, target, source: fixed(identity), onConnect: () => undefined, takes: () => true, most },
      onOver: (outcome) => this.outcomes.push(outcome),
      authorize: (request) => {
        this.looks += 1;
        return authorize(request);
      },
      refusal: () => new HeadframeError({ code: 'unavailable', reason: 'not_leader', message: 'no' }),
    });
    const server = new RpcServer({
      ...{ clock: systemClock, newRequestId: randomUUID, onUnforeseen: () => undefined },
      ...{ coordinatorOf: knowCoordinators(authority), handOn: handing.handOn },
    });
    const address = await server.listen('127.0.0.1:0', { kind: 'mutual', source: fixed(this.own) });
    this.#closers.push(async () => {
      handing.close();
      await server.shutdown(0);
    });
    return { address, identity, handing };
  }

  async client(address: string, security?: ChannelSecurity): Promise<Client<typeof EchoService>> {
    const proof = security ?? mutual(await this.authority.issueIdentity({ role: 'admin', name: 'ada' }));
    const channel = new Channel({ address, security: proof, clock: systemClock });
    this.#closers.push(() => {
      channel.close();
    });
    return createClient(EchoService, channel);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }
}

/** One of those that follow. */
interface Follower {
  readonly address: string;
  readonly identity: Certificates;
  readonly handing: HandingOn;
}

const UNKNOWN_TOKEN = { code: 'unauthenticated', reason: 'token_unknown', message: 'no such token' } as const;

function fixed(own: Certificates): CertificateSource {
  return { current: () => own, onChange: () => () => undefined };
}

/** Proves that. */
export function mutual(own: Certificates): ChannelSecurity {
  return { kind: 'mutual', source: fixed(own) };
}

/** What proves a host. */
export async function agentOf(authority: Authority, name: string): Promise<Certificates> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = Buffer.from(await authority.issueAgent(certificateRequest(privateKey, name), name));
  const key = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { certificate, key, authorities: Buffer.from(authority.bundle) };
}
