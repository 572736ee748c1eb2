import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../../common/model/clock.js';
import { runCli } from '../../../../coordinator/cli/program.js';
import { emailTarget } from '../../../../coordinator/alerts/email/email-target.js';
import type { EmailTerms } from '../../../../coordinator/alerts/email/email-target.js';
import { noticeOf } from '../../../../coordinator/alerts/notice.js';
import type { Notice } from '../../../../coordinator/alerts/notice.js';
import type { Delivery } from '../../../../coordinator/alerts/plan.js';
import { captureWorld } from '../../../support/captured-world.js';
import { freePort } from '../../../support/free-port.js';
import { MAIL_CERTIFICATE, MAIL_LOGIN, MailServer } from '../../../support/mail-server.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { makeTempDir } from '../../../support/temp-dir.js';
import { waitFor } from '../../../support/wait-for.js';

const ENTRY = { reason: 'host_lost', about: 'host-1', text: 'gone', sinceMs: 1, seenAtMs: 2, raisedAtMs: 3, told: {} };
const told = (text = 'gone'): Notice => noticeOf('host_lost host-1', { ...ENTRY, text }, 'raised', 0);

describe('alerts by e-mail', () => {
  let server: MailServer;
  let trusted: string;

  before(async () => {
    trusted = await readFile(MAIL_CERTIFICATE, 'utf8');
  });
  beforeEach(async () => {
    server = await MailServer.open();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const tell = (patch: Partial<EmailTerms> = {}, notices = [told()], clock = systemClock): Promise<Delivery> => {
    const terms: EmailTerms = {
      ...{ host: '127.0.0.1', port: server.port, security: 'starttls', trusted },
      ...{ user: MAIL_LOGIN.user, password: MAIL_LOGIN.password },
      ...{ from: 'headframe@fleet.example', to: ['ops@fleet.example'] },
      ...patch,
    };
    return emailTarget(terms, clock).tell(notices);
  };
  const reasonOf = (delivery: Delivery): string => (delivery.kind === 'failed' ? delivery.reason : delivery.kind);
  const plain = { security: 'plain', user: undefined, password: undefined } as const;

  it('are mailed over TLS by STARTTLS, by whom the password is of', async () => {
    expect(await tell({ to: ['ops@fleet.example', 'night@fleet.example'] })).to.deep.equal({ kind: 'taken' });
    const [mailed] = server.mailed;
    expect(mailed).to.include({ from: 'headframe@fleet.example', isSecure: true, user: MAIL_LOGIN.user });
    expect(mailed?.to).to.deep.equal(['ops@fleet.example', 'night@fleet.example']);
    expect(mailed?.message).to.match(/^Subject: Headframe \[raised\] host_lost: gone\r$/m);
    expect(mailed?.message).to.match(/^Auto-Submitted: auto-generated\r$/m);
    expect(mailed?.message).to.match(/^ {2}about: host-1\r$/m);
  });

  it('are mailed over TLS from the start', async () => {
    await using secure = await MailServer.open({ secure: true });
    expect(await tell({ security: 'tls', port: secure.port })).to.deep.equal({ kind: 'taken' });
    expect(secure.mailed[0]).to.include({ isSecure: true, user: MAIL_LOGIN.user });
  });

  it('are not told to a server without STARTTLS, nor is the password', async () => {
    await using clear = await MailServer.open({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    expect(reasonOf(await tell({ port: clear.port }))).to.equal('alert_mail_insecure');
    expect(clear).to.deep.include({ mailed: [], logins: 0 });
  });

  it('are not told to a server that nobody vouches for, nor to one of another name, by either way into TLS', async () => {
    await using secure = await MailServer.open({ secure: true });
    for (const [security, port] of [['starttls', server.port] as const, ['tls', secure.port] as const]) {
      const how = { security, port };
      expect(reasonOf(await tell({ ...how, trusted: undefined })), security).to.equal('alert_mail_insecure');
      expect(reasonOf(await tell({ ...how, host: 'localhost' })), security).to.equal('alert_mail_insecure');
    }
    for (const one of [server, secure]) expect(one).to.deep.include({ mailed: [], logins: 0 });
  });

  it('go in clear where that is said, even to a server that has STARTTLS', async () => {
    expect(await tell(plain)).to.deep.equal({ kind: 'taken' });
    expect(server.mailed[0]).to.include({ isSecure: false, user: undefined });
  });

  it('hold no header, line or recipient that a text tries to add', async () => {
    const evil =
      'x\r\nBcc: thief@evil.example\r\n\r\n.\r\nRCPT TO:<thief@evil.example>\n[raised] forged: \u2028y\u202e\u0000z';
    expect(await tell({}, [told(evil), told('gone')])).to.deep.equal({ kind: 'taken' });
    const [mailed] = server.mailed;
    expect(mailed?.to).to.deep.equal(['ops@fleet.example']);
    const [headers = '', body = ''] = mailed?.message.split(/\r\n\r\n(.*)/s) ?? [];
    expect(headers).to.not.match(/^Bcc/im);
    const lines = body.replaceAll('=\r\n', '').split('\r\n');
    expect(lines.filter((line) => line.startsWith('[raised] '))).to.have.lengthOf(2);
    expect(lines.filter((line) => /^(?:Bcc|RCPT|\.)/.test(line))).to.deep.equal([]);
  });

  it('are taken once one of their addresses is, and what was refused is told', async () => {
    const some = await tell({ to: ['nobody@fleet.example', 'ops@fleet.example'] });
    expect(some).to.include({ kind: 'taken' }).and.to.have.property('text').that.contains('nobody@fleet.example');
    expect(reasonOf(await tell({ to: ['nobody@fleet.example'] }))).to.equal('alert_mail_refused');
    expect(server.mailed).to.have.lengthOf(1);
  });

  it('tell a wrong password apart, without telling it', async () => {
    const failed = await tell({ password: 'not this one' });
    expect(reasonOf(failed)).to.equal('alert_mail_login');
    expect(JSON.stringify(failed)).to.not.contain('not this one');
  });

  it('have failed when the server is silent, or nobody listens', async () => {
    server.isMute = true;
    const clock = new ManualClock();
    const late = tell({}, [told()], clock);
    await waitFor('the message', () => server.mailed.length === 1);
    clock.advance(15_000);
    expect(reasonOf(await late)).to.equal('alert_late');
    expect(reasonOf(await tell({ port: await freePort() }))).to.equal('alert_unreachable');
  });

  it('leave no timer behind, and send the same again under the same id', async () => {
    const clock = new ManualClock();
    await tell({}, [told()], clock);
    expect(clock.pendingTimers).to.equal(0);
    await tell({}, [told()]);
    const ids = server.mailed.map(({ message }) => /^Message-ID: (.*)\r$/im.exec(message)?.[1]);
    expect(ids[0]).to.match(/^<[0-9a-f]{32}\.headframe@fleet\.example>$/);
    expect(ids[1]).to.equal(ids[0]);
  });

  it('are tried out by a command, and not by one that cannot read the password', async () => {
    await using folder = await makeTempDir();
    const passwordFile = join(folder.path, 'password');
    const env = {
      HEADFRAME_COORDINATOR_ALERTS_EMAIL_HOST: '127.0.0.1',
      HEADFRAME_COORDINATOR_ALERTS_EMAIL_PORT: String(server.port),
      HEADFRAME_COORDINATOR_ALERTS_EMAIL_CA_FILE: MAIL_CERTIFICATE,
      HEADFRAME_COORDINATOR_ALERTS_EMAIL_USER: MAIL_LOGIN.user,
      HEADFRAME_COORDINATOR_ALERTS_EMAIL_PASSWORD_FILE: passwordFile,
      HEADFRAME_COORDINATOR_ALERTS_EMAIL_FROM: 'headframe@fleet.example',
      HEADFRAME_COORDINATOR_ALERTS_EMAIL_TO: 'ops@fleet.example',
    };
    const blind = captureWorld({ env });
    expect(await runCli(['alerts', 'test'], blind)).to.not.equal(0);
    expect(blind.stderr.text).to.contain(passwordFile);
    await writeFile(passwordFile, `${MAIL_LOGIN.password}\n`);
    const well = captureWorld({ env });
    expect(await runCli(['alerts', 'test'], well), well.stderr.text).to.equal(0);
    expect(server.mailed[0]?.message).to.match(/^Subject: Headframe \[test\] alert_test: /m);
    expect(`${well.stdout.text}${well.stderr.text}`).to.not.contain(MAIL_LOGIN.password);
  });
});
