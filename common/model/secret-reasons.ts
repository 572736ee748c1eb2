import { error, info } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with secrets. */
export const SECRET_REASONS = {
  secret_awaited: info('The container waits for the coordinator to hand out a secret that it refers to.'),
  secret_missing: error(
    'A secret that the container refers to is not there.',
    'Make it: headframe secrets set; the container starts as soon as it is there.',
  ),
  secret_rotated: info('A secret has a new value; the container is started again, as its manifest asks for.'),
  secret_forbidden: error('The host asked for the secrets of an instance that is not its own.', 'Nothing to do.'),
  secret_damaged: error('A secret cannot be opened.', 'Give it its value anew: headframe secrets rotate.'),
  secrets_need_tls: error(
    'The coordinator serves in clear, and hands out no secrets.',
    'Start it with mutual TLS, which is without --insecure-loopback, and have the hosts join.',
  ),
  secret_store_unsafe: error(
    "The host has no safe place for secrets: memory, in folders that are the agent's alone.",
    'Have secrets.folder of the agent configuration name a folder on a tmpfs, such as /run/headframe/secrets.',
  ),
  secret_unwritable: error('The host cannot write a secret.', 'See the text; the agent keeps trying.'),
  secret_owner_unknown: error(
    'The container runs as a user by name, whose id is not known, so that nobody could own the file.',
    'Set uid of the secret, or container.user to a number.',
  ),
} as const satisfies Record<string, ReasonMeaning>;
