import { z } from 'zod';
import { strictObject } from '../model/schema/index.js';
import { absolutePathField } from './fields.js';

/** One address of RFC 5321 without quotes, comments and a display name, so that nothing in it can be read as something else. */
const emailAddress = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
    'one e-mail address',
  );

/** How the connection is kept from others, and the port that is usual for it. */
const PORTS = { starttls: 587, tls: 465, plain: 25 } as const;

/** Where and how alerts are mailed; parsed to undefined where there is no server. */
export const emailField = strictObject({
  host: z
    .string()
    .max(253)
    .regex(/^(?:[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+)$/, 'a name or an address')
    .optional()
    .describe('SMTP server that takes alerts as e-mail; without it none are sent.'),
  port: z.int().min(1).max(65_535).optional().describe('Its port; without it 587, with tls 465, and 25 in clear.'),
  security: z
    .enum(['starttls', 'tls', 'plain'])
    .prefault('starttls')
    .describe('starttls: nothing is said before TLS, which is wanted; tls: TLS from the start; plain: in clear.'),
  caFile: absolutePathField
    .optional()
    .describe('Certificates to trust in place of those of the system, PEM: for a server with an authority of its own.'),
  user: z.string().min(1).max(320).optional().describe('Who logs in there; without it nobody does.'),
  passwordFile: absolutePathField.optional().describe('Their password.'),
  from: emailAddress.optional().describe('Address of the sender.'),
  to: z.array(emailAddress).max(50).prefault([]).describe('Addresses that alerts are sent to.'),
})
  .prefault({})
  .refine(({ host, from }) => (host === undefined) === (from === undefined), {
    path: ['from'],
    error: 'together with host',
  })
  .refine(({ host, to }) => (host === undefined) === (to.length === 0), { path: ['to'], error: 'together with host' })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    path: ['passwordFile'],
    error: 'together with user, or neither of them',
  })
  .refine(({ user, security }) => user === undefined || security !== 'plain', {
    path: ['security'],
    error: 'starttls or tls where there is a password',
  })
  .transform(({ host, from, port, ...rest }) =>
    host === undefined || from === undefined ? undefined : { ...rest, host, from, port: port ?? PORTS[rest.security] },
  );
