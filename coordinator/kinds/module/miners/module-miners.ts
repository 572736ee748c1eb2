import { HeadframeError } from '../../../../common/model/error.js';
import type { MinerSpec } from '../../../../common/model/miner.js';
import type { ModuleRecord } from '../../../../common/model/module.js';
import type { ModuleChain, ModuleSpec } from '../../../../common/model/module-spec.js';
import { didYouMean } from '../../../../common/model/schema/index.js';
import type { Chain } from '../../../chain/port.js';
import type { FleetReader } from '../../../fleet/port.js';
import { profileOf } from '../profiles/index.js';
import type { Analyses, Modules } from '../registry/index.js';
import { runnableRoles } from '../registry/index.js';
import { completeMiner } from './complete.js';
import type { Completed, FoundModule } from './complete.js';
import { minersRefused } from './problem.js';
import type { Problem } from './problem.js';
import type { BaseImages } from './recipe.js';

/** What is looked up of the fleet. */
type Sight = Pick<FleetReader, 'miner' | 'historyOf' | 'network' | 'networks' | 'secret' | 'wallet'>;

/** What module miners work with. */
export interface ModuleMinersParts {
  readonly fleet: Sight;
  readonly modules: Pick<Modules, 'get'>;
  readonly analyses: Pick<Analyses, 'of'>;
  readonly bases: BaseImages;
  /** Of chains that are declared; their capabilities are undefined until they were connected once. */
  readonly networks: { connections(): readonly Pick<Chain, 'network' | 'capabilities'>[] };
}

/** A commit whose content is kept. */
type KnownCommit = Pick<FoundModule, 'commit' | 'content' | 'bytes'>;

class Mistaken extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.expected);
    this.problem = problem;
  }
}

/** Makes of what users declare of module miners what instances run, before anything is applied. */
export class ModuleMiners {
  readonly #parts: ModuleMinersParts;

  constructor(parts: ModuleMinersParts) {
    this.#parts = parts;
  }

  /** All specs, those of modules complete. Throws `HeadframeError` (failed_precondition) with all that is wrong with any. */
  async complete(specs: readonly MinerSpec[]): Promise<readonly MinerSpec[]> {
    if (!specs.some(({ module }) => module !== undefined)) return specs;
    const outcomes: Completed[] = [];
    // One after another: each may have a content read.
    for (const spec of specs) outcomes.push(await this.#complete(spec));
    const problems = outcomes.flatMap((outcome, index) => {
      const { name = '' } = specs[index] ?? {};
      const document = specs.length === 1 ? name : `${name} (miners[${String(index)}])`;
      return 'problems' in outcome ? outcome.problems.map((problem) => ({ document, ...problem })) : [];
    });
    if (problems.length > 0) throw minersRefused(problems);
    return outcomes.flatMap((outcome) => ('spec' in outcome ? [outcome.spec] : []));
  }

  async #complete(spec: MinerSpec): Promise<Completed> {
    const { module } = spec;
    if (module === undefined) return { spec };
    try {
      return completeMiner({ ...spec, module }, await this.#find(spec, module), this.#parts.bases);
    } catch (error) {
      if (error instanceof Mistaken) return { problems: [error.problem] };
      throw error;
    }
  }

  async #find(spec: MinerSpec, module: ModuleSpec): Promise<FoundModule> {
    const record = this.#record(module.name);
    const known = this.#commit(spec, module, record);
    const analysis = await this.#parts.analyses.of(known.content);
    const outcome = analysis.roles.get(module.role) ?? profileOf(module.role, analysis);
    if ('mistake' in outcome) {
      const { code: reason, text, remedy } = outcome.mistake;
      const roles = runnableRoles(analysis);
      const there = roles.length === 0 ? 'a role of the module; it has none' : `one of ${roles.join(', ')}`;
      throw new Mistaken({ reason, path: 'module.role', value: module.role, expected: `${there}. ${text}`, remedy });
    }
    const missing = this.#missingSecret(spec, module);
    if (missing !== undefined) throw new Mistaken(missing);
    const chain = module.chain && this.#chain(module.chain, spec.namespace);
    return { ...known, profile: outcome.profile, analysis, chain };
  }

  #record(name: string): ModuleRecord {
    try {
      return this.#parts.modules.get(name);
    } catch (error) {
      if (!(error instanceof HeadframeError) || error.reason !== 'module_not_found') throw error;
      const { remedy = '' } = error;
      throw new Mistaken({
        reason: error.reason,
        path: 'module.name',
        value: name,
        expected: 'a module of the registry',
        remedy,
      });
    }
  }

  /** The pinned commit, else the one that is asked for where its content is kept: as found last, or as the miner has run it. */
  #commit({ name }: MinerSpec, { commit }: ModuleSpec, record: ModuleRecord): KnownCommit {
    const { pin, candidate } = record;
    const pins = [pin, candidate].flatMap((one) =>
      one === undefined ? [] : [{ commit: one.commit, content: one.digest, bytes: one.bytes }],
    );
    if (commit === '') {
      if (pin !== undefined && pins[0] !== undefined) return pins[0];
      const why = record.job === undefined ? (record.failure?.text ?? 'it has no content') : 'it is being fetched';
      const remedy = record.job === undefined ? (record.failure?.remedy ?? '') : 'Wait: headframe modules show tells.';
      throw new Mistaken({
        ...{ reason: 'module_not_ready', path: 'module.name', value: record.name },
        ...{ expected: `a module whose content is there: ${why}`, remedy },
      });
    }
    const known = [...pins, ...this.#commitsOf(name, record.name)];
    const found = known.find((one) => one.commit === commit);
    if (found !== undefined) return found;
    const there = [...new Set(known.map((one) => one.commit))].join(', ');
    throw new Mistaken({
      ...{ reason: 'module_commit_unknown', path: 'module.commit', value: commit },
      expected: there === '' ? 'a commit whose content is kept; there is none' : `one of ${there}`,
      remedy: `Leave it out, or bring it with headframe modules refresh ${record.name}.`,
    });
  }

  #commitsOf(miner: string, module: string): KnownCommit[] {
    const { fleet } = this.#parts;
    const specs = [fleet.miner(miner)?.spec, ...fleet.historyOf(miner).revisions.map(({ spec }) => spec)];
    return specs.flatMap((spec) => {
      const { name, commit = '', build } = spec?.module ?? {};
      return name === module && build !== undefined ? [{ commit, content: build.content, bytes: build.bytes }] : [];
    });
  }

  #missingSecret({ namespace }: MinerSpec, { secrets }: ModuleSpec): Problem | undefined {
    const lost = Object.entries(secrets).find(([, name]) => this.#parts.fleet.secret(namespace, name) === undefined);
    if (lost === undefined) return undefined;
    const [variable, name] = lost;
    const remedy = `Make it: headframe secrets set ${name} --namespace ${namespace}.`;
    const expected = `a secret of the namespace ${namespace}`;
    return { reason: 'secret_missing', path: `module.secrets.${variable}`, value: name, expected, remedy };
  }

  #chain({ network, wallet, hotkey }: ModuleChain, namespace: string): NonNullable<FoundModule['chain']> {
    const { fleet } = this.#parts;
    const found = fleet.network(network);
    if (found === undefined) {
      const meant = didYouMean(
        network,
        [...fleet.networks()].map(({ name }) => name),
      );
      const hint = meant === undefined ? '' : `Did you mean "${meant}"? `;
      throw new Mistaken({
        ...{ reason: 'network_unknown', path: 'module.chain.network', value: network, expected: 'a network' },
        remedy: `${hint}headframe networks ls shows all.`,
      });
    }
    // One of another namespace is as good as none, for its key would not be given.
    const key = fleet.wallet(wallet)?.hotkeys.find((one) => one.name === hotkey && one.namespace === namespace);
    const connection = this.#parts.networks.connections().find((one) => one.network === network);
    if (key !== undefined) return { network: found, hotkey: key, kind: connection?.capabilities?.kind };
    throw new Mistaken({
      ...{ reason: 'hotkey_unknown', path: 'module.chain.hotkey', value: hotkey },
      expected: `a hotkey of the wallet ${wallet} for the namespace ${namespace}`,
      remedy: `See headframe wallets show ${wallet}; headframe wallets hotkeys add makes one.`,
    });
  }
}
