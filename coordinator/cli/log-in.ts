import { dirname, join, resolve } from 'node:path';
import {
  chooseTarget,
  contextNameField,
  identityFolder,
  readClientConfig,
  writeClientConfig,
} from '../../common/config/index.js';
import { askLeader, certificateRequest, checkGiven } from '../../common/enrolment/index.js';
import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { LoginResponse } from '../../common/gen/headframe/v1/access_service_pb.js';
import { splitAddress } from '../../common/model/address.js';
import { addressesOf } from '../../common/model/coordinator-route.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { configPath } from './address.js';
import { transportText } from './client.js';
import { whileLocked } from './renewal.js';
import { usageError } from './usage-error.js';
import type { World } from './world.js';

/** What the line that was printed says. */
export interface LoginLine {
  /** `host:port`, or several with commas: whichever leads. */
  readonly coordinator: string;
  /** Id, dot and secret. */
  readonly token: string;
  /** `sha256:` and the digest in hex of the public key of the coordinator's authority. */
  readonly authority: string | undefined;
  /** Name of the context that it makes; when it is not said, after the coordinator's host. */
  readonly context: string | undefined;
}

/** Who somebody is now, and where that is kept. */
export interface LoggedIn {
  readonly context: string;
  /** Folder of the identity. */
  readonly identity: string;
  readonly given: LoginResponse;
}

const IDENTITIES_FOLDER = 'identities';
const TIMEOUT_MS = 30_000;

/**
 * Logs in: proves the coordinator by the authority's digest before anything is said, then makes a key, is given a certificate
 * for it, and keeps both, with a context that is the current one from then on. To be repeated after any failure, also of an
 * answer that was lost. Throws `HeadframeError` with the reason.
 */
export async function logIn(line: LoginLine, world: World): Promise<LoggedIn> {
  const { coordinator: address, token } = line;
  chooseTarget({ contexts: {} }, { address, env: {} });
  const digest = digestOf(line);
  const path = resolve(configPath(world));
  const context = contextOf(line);
  await checkFree({ path, context, address });
  const identity = join(dirname(path), IDENTITIES_FOLDER, context);
  const folder = identityFolder(identity);
  const given = await whileLocked(identity, async () => {
    const key = await folder.nextKey();
    try {
      const asked = { token, certificateRequest: certificateRequest(key, 'headframe') };
      const options = { timeoutMs: TIMEOUT_MS, signal: world.interrupt };
      const answer = await askLeader(addressesOf(address), async (one) => {
        const channel = new Channel({ address: one, security: { kind: 'pinned', digest }, clock: world.clock });
        const asking = createClient(AccessService, channel).login(asked, options);
        return asking.finally(() => channel.close());
      });
      checkGiven(answer, key);
      await folder.keep(answer);
      return answer;
    } catch (thrown) {
      throw explain(toHeadframeError(thrown), address);
    }
  });
  const { contexts } = await readClientConfig(path);
  await writeClientConfig(path, {
    currentContext: context,
    contexts: { ...contexts, [context]: { address, identity } },
  });
  return { context, identity, given };
}

function digestOf({ authority = '' }: LoginLine): string {
  if (/^sha256:[0-9a-f]{64}$/i.test(authority)) return authority.toLowerCase();
  throw usageError(
    'authority_invalid',
    'the digest of the authority is not one',
    'Copy the whole line that headframe token create prints: it ends in --authority sha256: and 64 digits.',
  );
}

function contextOf({ context, coordinator }: LoginLine): string {
  const name = context ?? splitAddress(addressesOf(coordinator)[0] ?? '').host;
  if (contextNameField.safeParse(name).success) return name;
  throw usageError('context_invalid', `${name} cannot name a context`, 'Say --context NAME.');
}

/** A context of another coordinator must not be lost by a line that is pasted. */
async function checkFree(at: {
  readonly path: string;
  readonly context: string;
  readonly address: string;
}): Promise<void> {
  const { contexts } = await readClientConfig(at.path);
  const known = Object.hasOwn(contexts, at.context) ? contexts[at.context] : undefined;
  if (known === undefined || known.address === at.address) return;
  throw new HeadframeError({
    code: 'already_exists',
    reason: 'context_taken',
    message: `the context ${at.context} is of another coordinator, at ${known.address}`,
    remedy: `Say --context NAME, or remove it first: headframe contexts rm ${at.context}.`,
  });
}

/** Where nobody answered, says who was asked; what the coordinator says stays as it is. */
function explain(error: HeadframeError, address: string): HeadframeError {
  if (error.code !== 'unavailable' || error.reason !== 'unavailable') return error;
  return new HeadframeError({
    code: 'unavailable',
    reason: 'coordinator_unreachable',
    message: `no coordinator that can be trusted answers at ${address}: ${transportText(error.message)}`,
    remedy: 'Check the address, and copy the whole line again. Nothing secret was sent.',
    cause: error,
  });
}
