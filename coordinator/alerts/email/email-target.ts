import { createTransport } from 'nodemailer';
import type { SMTPTransportOptions } from 'nodemailer';
import type { Clock } from '../../../common/model/clock.js';
import type { Notice } from '../notice.js';
import type { Delivery } from '../plan.js';
import type { AlertTarget } from '../target.js';
import { letterOf } from './letter.js';

/** Where and how alerts are mailed. */
export interface EmailTerms {
  readonly host: string;
  readonly port: number;
  /** `starttls` says nothing before TLS and goes no further without it; `plain` never uses it. */
  readonly security: 'starttls' | 'tls' | 'plain';
  /** Certificates to trust in place of the system's, PEM. */
  readonly trusted: string | undefined;
  readonly user?: string | undefined;
  readonly password: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

/** An SMTP server has this long for a message, in milliseconds: many let strangers wait for seconds before they greet. */
const MAIL_MS = 15_000;
/** Of what a server says, in characters. */
const MOST_QUOTED = 200;

/**
 * Alerts as one e-mail for all that is due, by a connection of its own. It counts as taken once the server has taken it for one of
 * those it is for: told again it would come twice to them.
 */
export function emailTarget(terms: EmailTerms, clock: Pick<Clock, 'setTimer'>): AlertTarget {
  const { host, port, from, to } = terms;
  const transport = createTransport(optionsOf(terms));
  return {
    name: 'email',
    where: `${to.join(', ')} by ${host}:${String(port)}`,
    tell: async (notices) => {
      const over = new AbortController();
      const stop = clock.setTimer(() => {
        over.abort();
      }, MAIL_MS);
      try {
        const { rejected } = await transport.sendMail(messageOf(notices, { from, to }, over.signal));
        return rejected.length === 0 ? { kind: 'taken' } : { kind: 'taken', text: refusedSome(rejected, to) };
      } catch (error) {
        if (over.signal.aborted)
          return { kind: 'failed', reason: 'alert_late', text: `not taken within ${String(MAIL_MS)} ms` };
        return failureOf(error, `${host}:${String(port)}`);
      } finally {
        stop();
      }
    },
  };
}

function optionsOf({ host, port, security, trusted, user, password }: EmailTerms): SMTPTransportOptions {
  return {
    ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'plain' },
    ...{ connectionTimeout: MAIL_MS, greetingTimeout: MAIL_MS, socketTimeout: MAIL_MS, dnsTimeout: MAIL_MS },
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(trusted === undefined ? {} : { ca: trusted }) },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    // Nothing that a text says has anything read or fetched.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  };
}

function messageOf(
  notices: readonly Notice[],
  { from, to }: { readonly from: string; readonly to: readonly string[] },
  signal: AbortSignal,
) {
  const { subject, text, messageId } = letterOf(notices, from);
  // What answers by itself, such as an absence, is to leave it alone (RFC 3834).
  const headers = { 'Auto-Submitted': 'auto-generated' };
  return { from, to: [...to], envelope: { from, to: [...to] }, subject, text, messageId, headers, signal };
}

function refusedSome(rejected: readonly string[], to: readonly string[]): string {
  return `${String(rejected.length)} of ${String(to.length)} addresses were refused: ${rejected.join(', ')}`;
}

function failureOf(error: unknown, where: string): Delivery {
  const text = `${where}: ${saidBy(error)}`;
  const code = codeOf(error, 'code');
  if (code === 'ETLS' || (code === 'ESOCKET' && isDistrust(codeOf(error, 'originalCode'))))
    return { kind: 'failed', reason: 'alert_mail_insecure', text };
  if (code === 'EAUTH' || code === 'ENOAUTH') return { kind: 'failed', reason: 'alert_mail_login', text };
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return { kind: 'failed', reason: 'alert_mail_refused', text };
  return { kind: 'failed', reason: 'alert_unreachable', text };
}

/** What is wrong with a certificate has a code of OpenSSL's or Node's; that of the system's is one word. */
function isDistrust(code: string): boolean {
  return code !== '' && !/^E[A-Z0-9]+$/.test(code);
}

function codeOf(error: unknown, key: 'code' | 'originalCode'): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, key) : undefined;
  return typeof code === 'string' ? code : '';
}

/** The beginning of what is said of a failure, without what would steer a terminal. */
function saidBy(error: unknown): string {
  const said = error instanceof Error ? error.message : 'no answer';
  return said.slice(0, MOST_QUOTED).replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}
