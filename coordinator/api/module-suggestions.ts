import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AddModuleRequest, ModuleSuggestionSchema } from '../../common/gen/headframe/v1/module_service_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { ModuleOrigin } from '../../common/model/module.js';
import { readCommuneModules, readSubnets } from '../chain/index.js';
import type { ModuleSuggestion } from '../kinds/module/index.js';
import type { ApiParts } from './parts.js';

type Parts = Pick<ApiParts, 'modules' | 'networks'>;

/** What a module is made of, and who named its repository. */
interface ModuleSource {
  readonly url: string;
  readonly origin: ModuleOrigin;
}

/** The modules that a network names: identities of its subnets, or its own modules. Throws what reading them throws. */
export async function suggestionsOf({ modules, networks }: Parts, network: string): Promise<ModuleSuggestion[]> {
  const chain = networks.find(network);
  if (chain.capabilities?.kind !== 'subspace') return modules.suggest((await readSubnets(chain)).subnets);
  const named = await readCommuneModules(chain);
  return modules.suggest(named.map(({ metadata, ...rest }) => ({ ...rest, githubRepo: metadata })));
}

/**
 * Where a module that is asked for comes from: the URL that was given, or what the identity of a subnet names now. Throws
 * `HeadframeError`: invalid_argument ('request_invalid') for both, failed_precondition ('module_not_named') for neither, and
 * what reading a subnet throws.
 */
export async function sourceOf(
  { modules, networks }: Parts,
  { url, network, netuid = 0 }: AddModuleRequest,
  by: string,
): Promise<ModuleSource> {
  if (network === '') return { url, origin: { kind: 'operator', by } };
  if (url !== '') throw bothGiven(url);
  const { subnets } = await readSubnets(networks.find(network), netuid);
  const [named] = modules.suggest(subnets);
  if (named === undefined || !named.isUsable) throw notNamed(network, netuid, named?.url ?? '');
  return { url: named.url, origin: { kind: 'chain', network, netuid } };
}

/** Puts a suggestion on the wire. */
export function suggestionToWire(suggestion: ModuleSuggestion): MessageInitShape<typeof ModuleSuggestionSchema> {
  const { netuid, subnet, url, name, added, isUsable } = suggestion;
  return { netuid, subnet, url, name, added: added ?? '', usable: isUsable };
}

function bothGiven(url: string): HeadframeError {
  return new HeadframeError({
    ...{ code: 'invalid_argument', reason: 'request_invalid', message: 'both a URL and a network were given' },
    remedy: 'Give either: the URL of a repository, or the subnet whose identity names it.',
    violations: [{ path: 'url', value: url.slice(0, 100), expected: 'nothing, where a network is given' }],
  });
}

function notNamed(network: string, netuid: number, said: string): HeadframeError {
  const what = said === '' ? 'no repository' : `${said}, which is no URL of a repository that can be fetched`;
  return new HeadframeError({
    ...{ code: 'failed_precondition', reason: 'module_not_named' },
    message: `the identity of subnet ${String(netuid)} of ${network} names ${what}`,
    remedy: 'Find its repository by other ways, and add that with --git.',
    metadata: { network, netuid: String(netuid) },
  });
}
