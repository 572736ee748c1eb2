import { lookup } from 'node:dns';
import { request as requestInClear } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { HeadframeError } from '../../../../common/model/error.js';
import { isPublicAddress } from '../../../../common/model/public-address.js';
import { modelError } from './refusals.js';

/** What is allowed of URLs. */
export interface UrlRules {
  /** Bytes of an answer. */
  readonly uploadBytes: number;
  /** Addresses that are not public, and may be called all the same. */
  readonly isAllowed: (address: string) => boolean;
}

const MOST_REDIRECTS = 5;

/**
 * Asks for what a URL gives, and follows where it leads, from https to https alone. Whatever a name says, what is called is an
 * address that was judged, at each step. Throws `HeadframeError`; whoever gets the answer reads or destroys it.
 */
export async function openUrl(url: string, rules: UrlRules, signal: AbortSignal): Promise<IncomingMessage> {
  let at = new URL(url);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await ask(at, rules, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) {
      const length = Number(headers['content-length'] ?? 0);
      if (length <= rules.uploadBytes) return response;
      response.destroy();
      throw modelError('model_too_large', `${at.origin} announces ${String(length)} bytes`);
    }
    response.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode))
      throw modelError('model_origin_refused', `${at.origin} answers ${String(statusCode)}`);
    at = nextOf(at, headers.location ?? '');
  }
  throw modelError('model_redirected', `${new URL(url).origin} leads on more than ${String(MOST_REDIRECTS)} times`);
}

function nextOf(from: URL, location: string): URL {
  if (location === '' || !URL.canParse(location, from.href))
    throw modelError('model_redirected', `${from.origin} leads on to no URL`);
  const to = new URL(location, from);
  const isDowngrade = from.protocol === 'https:' && to.protocol !== 'https:';
  if (!/^https?:$/.test(to.protocol) || isDowngrade || to.username !== '' || to.password !== '')
    throw modelError('model_redirected', `${from.origin} leads on to another kind of URL`);
  return to;
}

function ask(url: URL, rules: UrlRules, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // Of an address there is nothing to look up, so that the connection would not ask.
  if (isIP(host) !== 0) requireOpen(host, host, rules);
  const options: RequestOptions = {
    ...{ method: 'GET', agent: false, signal, lookup: judged(rules) },
    headers: { 'user-agent': 'headframe', accept: '*/*', 'accept-encoding': 'identity' },
  };
  const request = url.protocol === 'https:' ? requestSecurely : requestInClear;
  return new Promise((resolve, reject) => {
    const call = request(url, options, resolve);
    call.on('error', (error: Error & { code?: string }) => {
      reject(signal.aborted ? abortedBy(signal) : explained(url, error));
    });
    call.end();
  });
}

/** Looks a name up when the connection is made, and gives none but addresses that may be called. */
function judged(rules: UrlRules): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true, verbatim: true }, (error, found) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      try {
        for (const { address } of found) requireOpen(address, host, rules);
      } catch (refused) {
        callback(refused instanceof Error ? refused : new Error(String(refused)), '', 0);
        return;
      }
      const [first] = found;
      if (options.all === true || first === undefined) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

function requireOpen(address: string, host: string, { isAllowed }: UrlRules): void {
  if (isPublicAddress(address) || isAllowed(address)) return;
  const where = address === host ? host : `${host} at ${address}`;
  throw modelError('model_address_private', `${where} is inside of a private network`);
}

function explained(url: URL, error: Error & { code?: string }): HeadframeError {
  if (error instanceof HeadframeError) return error;
  return modelError('model_origin_away', `${url.origin} does not answer (${error.code ?? 'no answer'})`, error);
}

function abortedBy(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('it was given up');
}
