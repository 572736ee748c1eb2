import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';

/** A message as a server was given it. */
export interface Mailed {
  readonly from: string;
  readonly to: readonly string[];
  readonly isSecure: boolean;
  readonly user: string | undefined;
  /** Headers and body, with CRLF. */
  readonly message: string;
}

/** The one who may log in at a `MailServer`. */
export const MAIL_LOGIN = { user: 'headframe', password: 'the password of a test' };

/** File of the certificate of a `MailServer`, which signs itself, for 127.0.0.1. */
export const MAIL_CERTIFICATE = new URL('tls/certificate.pem', import.meta.url).pathname;

/** An SMTP server on the loopback that keeps what it is given, and takes nothing for addresses that begin with `nobody`. */
export class MailServer implements AsyncDisposable {
  readonly mailed: Mailed[] = [];
  /** How often somebody tried to log in. */
  logins = 0;
  /** Set to be silent once a message has come. */
  isMute = false;
  readonly #server: SMTPServer;

  constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      ...{ logger: false, disableReverseLookup: true, closeTimeout: 100 },
      onAuth: ({ username, password }, _session, done) => {
        this.logins += 1;
        const isRight = username === MAIL_LOGIN.user && password === MAIL_LOGIN.password;
        if (isRight) done(null, { user: username });
        else done(new Error('Invalid login'));
      },
      onRcptTo: ({ address }, _session, done) => {
        done(address.startsWith('nobody') ? Object.assign(new Error('unknown here'), { responseCode: 550 }) : null);
      },
      onData: (stream, { envelope: { mailFrom, rcptTo }, secure, user }, done) => {
        void text(stream).then((message) => {
          const to = rcptTo.map(({ address }) => address);
          const known = typeof user === 'string' ? user : undefined;
          this.mailed.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to,
            isSecure: secure,
            user: known,
            message,
          });
          if (!this.isMute) done(null);
        });
      },
      ...options,
    });
    // A client that breaks off is what some tests are about.
    this.#server.on('error', () => undefined);
  }

  /** Serves on a free port of 127.0.0.1, with STARTTLS and a login that nobody needs unless told otherwise. */
  static async open(options: SMTPServerOptions = {}): Promise<MailServer> {
    const [cert, key] = await Promise.all([
      readFile(MAIL_CERTIFICATE),
      readFile(new URL('tls/key.pem', import.meta.url)),
    ]);
    const made = new MailServer({ cert, key, authOptional: true, ...options });
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get port(): number {
    // A TCP server has an address with a port.
    return (this.#server.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(resolve);
    });
  }
}
