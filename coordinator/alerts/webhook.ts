import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { request as requestInClear } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../common/model/clock.js';
import { isPublicAddress } from '../../common/model/public-address.js';
import { asSent } from './notice.js';
import type { Notice } from './notice.js';
import type { Delivery } from './plan.js';
import { TELL_MS } from './target.js';
import type { AlertTarget } from './target.js';

/** Where and how alerts are posted. */
export interface WebhookTerms {
  readonly url: string;
  readonly privateAddresses: boolean;
  /** Signs what is posted; undefined for nothing. */
  readonly secret: Buffer | undefined;
}

/** What is posted, as of a time in unix milliseconds. */
interface Letter {
  readonly url: URL;
  readonly nowMs: number;
  readonly body: Buffer;
}

interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
  readonly addresses: readonly LookupAddress[];
}

/** What is thrown where a webhook is given up. */
class NotTold extends Error {
  readonly reason: string;

  constructor(reason: string, text: string) {
    super(text);
    this.reason = reason;
  }
}

/**
 * Alerts as one JSON body a post. Its name is looked up once and that very address is called; no redirect is followed,
 * and of its answer nothing but the status counts.
 */
export function webhookTarget(terms: WebhookTerms, clock: Pick<Clock, 'nowMs' | 'setTimer'>): AlertTarget {
  const url = new URL(terms.url);
  return {
    name: 'webhook',
    // Path and query may hold what nobody else is to know.
    where: url.origin,
    tell: async (notices) => {
      const over = new AbortController();
      const late = new NotTold('alert_late', `no answer within ${String(TELL_MS)} ms`);
      const stop = clock.setTimer(() => {
        over.abort(late);
      }, TELL_MS);
      try {
        const nowMs = clock.nowMs();
        const letter = { url, nowMs, body: bodyOf(notices, nowMs) };
        return await Promise.race([post(terms, letter, over.signal), ended(over)]);
      } catch (error) {
        return failureOf(over.signal.aborted ? over.signal.reason : error);
      } finally {
        stop();
        over.abort(late);
      }
    },
  };
}

/** `t=<unix seconds>,v1=<HMAC-SHA-256 in hex of the seconds, a dot and the body>`. */
function signatureOf(secret: Buffer, nowMs: number, body: Buffer): string {
  const seconds = String(Math.floor(nowMs / 1000));
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')}`;
}

function bodyOf(notices: readonly Notice[], sentAtMs: number): Buffer {
  const text = notices.map((notice) => `[${notice.state}] ${notice.reason}: ${notice.text}`).join('\n');
  return Buffer.from(JSON.stringify({ version: 1, sentAtMs, text, alerts: notices.map(asSent) }));
}

async function post(
  { privateAddresses, secret }: WebhookTerms,
  { url, body, nowMs }: Letter,
  signal: AbortSignal,
): Promise<Delivery> {
  const addresses = await addressesOf(url, privateAddresses);
  const signed = secret === undefined ? {} : { 'headframe-signature': signatureOf(secret, nowMs, body) };
  const headers = { 'user-agent': 'headframe', 'content-type': 'application/json', 'content-length': body.length };
  const response = await send({ url, headers: { ...headers, ...signed }, body, addresses }, signal);
  const status = response.statusCode ?? 0;
  response.destroy();
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const reason = status >= 300 && status < 400 ? 'alert_redirected' : 'alert_refused';
  return { kind: 'failed', reason, text: `${url.origin} answered ${String(status)}` };
}

async function addressesOf({ hostname }: URL, privateAddresses: boolean): Promise<readonly LookupAddress[]> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  const found = family === 0 ? await lookup(host, { all: true, verbatim: true }) : [{ address: host, family }];
  const closed = privateAddresses ? undefined : found.find(({ address }) => !isPublicAddress(address));
  if (closed !== undefined) throw new NotTold('alert_address_private', `${host} is at ${closed.address}`);
  return found;
}

function send({ url, headers, body, addresses }: Post, signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = { method: 'POST', headers, agent: false, signal, lookup: lookupIn(addresses) };
  const request = url.protocol === 'https:' ? requestSecurely : requestInClear;
  return new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      // It is ended on purpose, which is told as an error of it.
      response.on('error', () => undefined);
      resolve(response);
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** A name that changes its mind in between gains nothing. */
function lookupIn(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all === true || first === undefined) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

function ended(over: AbortController): Promise<never> {
  return new Promise((_resolve, reject) => {
    over.signal.addEventListener(
      'abort',
      () => {
        reject(new Error('over'));
      },
      { once: true },
    );
  });
}

function failureOf(error: unknown): Delivery {
  if (error instanceof NotTold) return { kind: 'failed', reason: error.reason, text: error.message };
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer';
  return { kind: 'failed', reason: 'alert_unreachable', text: `no answer (${code})` };
}
