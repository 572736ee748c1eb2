import { error, info, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** What is told as an alert and is no event besides, and why an alert could not be told. */
export const ALERT_REASONS = {
  miner_not_useful: warning(
    'A miner that is to run has no healthy instance, or is given up.',
    'See why with headframe miners show.',
  ),
  certificate_expiring: warning(
    'A certificate ends soon, and its owner has no later one.',
    'For a host, see that its agent is connected, for it renews by itself; people log in anew with a token.',
  ),
  store_may_lose: warning(
    'The NATS servers may lose changes of the fleet that they have acknowledged, when they lose power at once.',
    'Set jetstream { sync_interval: always } on each of them, and store.jetstream.acceptDurability to always.',
  ),
  store_server_off: error(
    'A NATS server that holds the store has no JetStream any more: one that could not write switches it off.',
    'Make room on its disk and see its log, then restart that server: it does not go on by itself. When most are off nothing can be changed.',
  ),
  store_server_away: warning(
    'A NATS server that holds the store does not answer.',
    'Start it, or see to the network: when most are away nothing can be changed.',
  ),
  store_server_behind: warning(
    'A NATS server has not all of the store that the others have, and would be of no use were one of them lost.',
    'See that it runs and reaches the others, and its log: it catches up by itself.',
  ),
  store_server_silent: warning(
    'A NATS server does not tell of itself, so that nobody would see it fill up or write late.',
    'Check store.jetstream.monitorUrls, the http setting of that server and the firewalls between.',
  ),
  store_room_low: warning(
    'A NATS server that holds the store has little room left for JetStream; one that is full takes nothing.',
    'Give it more disk and raise max_file_store, or take other streams and files away, then restart that server where it counts by its disk.',
  ),
  alert_test: info('A test of the way to where alerts go.'),
  alert_secret_unreadable: error(
    'The secret that signs alerts, or what e-mail is sent by, cannot be used.',
    'Make a secret of 16 bytes or more with head -c 32 /dev/urandom | base64, readable by the coordinator alone; see that the files named under alerts.email are there.',
  ),
  alert_address_private: error(
    'The webhook is at an address inside of a private network.',
    'Set alerts.webhook.privateAddresses if that is meant.',
  ),
  alert_unreachable: warning(
    'Where alerts go gives no answer.',
    'Check the address and the network, and the certificate of a webhook.',
  ),
  alert_late: warning('What was told was not taken in time.', 'Check the load of whoever takes alerts.'),
  alert_redirected: error('The webhook answered with a redirect, which is not followed.', 'Set the address it names.'),
  alert_refused: error('The webhook refused what was posted.', 'Check its address, the secret and its log.'),
  alert_mail_insecure: error(
    'The connection to the SMTP server cannot be kept from others, so that nothing was said.',
    'Check its certificate and name, and alerts.email.security: starttls wants a server that offers it; caFile trusts an authority of its own.',
  ),
  alert_mail_login: error(
    'The SMTP server refused the user or the password.',
    'Check alerts.email.user and passwordFile.',
  ),
  alert_mail_refused: error(
    'The SMTP server refused the message, its sender or all whom it is for.',
    'Check alerts.email.from and to, what the server says, and its log.',
  ),
  alert_no_bus: warning('There is no connection to a NATS server.', 'Check nats.url and the server.'),
} as const satisfies Record<string, ReasonMeaning>;
