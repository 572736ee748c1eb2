import type { Clock } from '../../../../common/model/clock.js';
import { MODULE_NAME } from '../../../../common/model/module.js';
import type { ModuleJob, ModuleOrigin, ModulePin, ModuleRecord } from '../../../../common/model/module.js';
import { checkSchema, didYouMean, strictObject } from '../../../../common/model/schema/index.js';
import { z } from 'zod';
import type { FleetPort } from '../../../fleet/port.js';
import type { RoleProfile } from '../profiles/index.js';
import { profileOf } from '../profiles/index.js';
import { moduleRefField, moduleUrlField } from '../source/index.js';
import type { GitSource, SourceRules } from '../source/index.js';
import type { Analyses } from './analyses.js';
import type { Analysis } from './analysis.js';
import { changesBetween } from './changes.js';
import type { ModuleChange } from './changes.js';
import { pinned } from './outcomes.js';
import { suggestModules } from './suggest.js';
import type { ModuleSuggestion, SubnetIdentity } from './suggest.js';
import {
  moduleBusy,
  moduleExists,
  moduleFromPackage,
  moduleNotReady,
  noSuchModule,
  requestRefused,
  roleUnusable,
} from './refusals.js';
import { requireRoom } from './room.js';

/** What the registry works with. */
export interface ModulesParts {
  readonly fleet: FleetPort;
  readonly source: Pick<GitSource, 'requireGit'>;
  readonly analyses: Pick<Analyses, 'of'>;
  readonly clock: Clock;
  readonly rules: Pick<SourceRules, 'fileUrls'>;
}

/** What a new module is made of. */
export interface NewModule {
  readonly name: string;
  readonly url: string;
  readonly ref: string;
}

/** Of a look whether git is there. */
const GIT_WITHIN_MS = 10_000;

/** The modules that the coordinator knows: which there are, at which commit, and what is found in them. */
export class Modules {
  readonly #parts: ModulesParts;

  constructor(parts: ModulesParts) {
    this.#parts = parts;
  }

  /** All, by name. */
  list(): ModuleRecord[] {
    return [...this.#parts.fleet.modules()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws HeadframeError (not_found, 'module_not_found'). */
  get(name: string): ModuleRecord {
    const { fleet } = this.#parts;
    const found = fleet.module(name);
    if (found !== undefined) return found;
    throw noSuchModule(
      name,
      didYouMean(
        name,
        [...fleet.modules()].map((module) => module.name),
      ),
    );
  }

  /** The modules that identities of subnets name; nothing is added. */
  suggest(identities: readonly SubnetIdentity[]): ModuleSuggestion[] {
    return suggestModules(identities, this.list(), this.#parts.rules);
  }

  /**
   * Makes a module, whose content is fetched from then on. Throws HeadframeError: invalid_argument ('request_invalid'),
   * already_exists ('module_exists'), resource_exhausted ('too_many_modules'), failed_precondition ('git_missing').
   */
  async add(wanted: NewModule, origin: ModuleOrigin): Promise<ModuleRecord> {
    const { fleet, rules } = this.#parts;
    const checked = checkSchema(newModuleSchema(rules), wanted);
    if ('violations' in checked) throw requestRefused(checked.violations);
    await this.#requireGit();
    const { value, durable } = fleet.transact((tx) => {
      const present = tx.module(wanted.name);
      if (present !== undefined) throw moduleExists(present);
      requireRoom(tx);
      const { atMs } = tx;
      const times = { createdAtMs: atMs, changedAtMs: atMs, refreshedAtMs: 0, verifiedAtMs: 0 };
      const record: ModuleRecord = { ...checked.value, origin, job: { kind: 'fetch' }, findings: [], ...times };
      tx.putModule(record);
      tx.event({ subject: 'fleet', id: '', reason: 'module_added', text: `Module ${record.name}: ${record.url}.` });
      return record;
    });
    await durable;
    return value;
  }

  /**
   * Asks the origin what the ref stands for; `apply` pins it. Where an earlier look has found another commit already, `apply`
   * pins just that one, at once. Throws HeadframeError: not_found, failed_precondition ('module_busy', 'git_missing',
   * 'module_from_package').
   */
  async refresh(name: string, apply: boolean): Promise<ModuleRecord> {
    const record = this.get(name);
    if (record.origin.kind === 'package') throw moduleFromPackage(record);
    const { candidate, job } = record;
    if (apply && candidate !== undefined && job === undefined) return this.#take(name, candidate);
    await this.#requireGit();
    return this.#order(name, ({ pin }) => (pin === undefined ? { kind: 'fetch' } : { kind: 'refresh', apply }));
  }

  /** Has the pinned content checked. Throws as `refresh` does, and failed_precondition ('module_not_ready'). */
  async verify(name: string): Promise<ModuleRecord> {
    const record = this.get(name);
    if (record.pin === undefined) throw moduleNotReady(record);
    if (record.origin.kind !== 'package') await this.#requireGit();
    return this.#order(name, () => ({ kind: 'verify' }));
  }

  /** Forgets a module; what is under way for it ends. Throws HeadframeError (not_found). */
  async remove(name: string): Promise<void> {
    const { fleet } = this.#parts;
    const { durable } = fleet.transact((tx) => {
      this.get(name);
      tx.removeModule(name);
      tx.event({ subject: 'fleet', id: '', reason: 'module_removed', text: `Module ${name}.` });
    });
    await durable;
  }

  /** What is found in the pinned content. Throws HeadframeError: failed_precondition ('module_not_ready'), data_loss. */
  async analysis(record: ModuleRecord): Promise<Analysis> {
    if (record.pin === undefined) throw moduleNotReady(record);
    return this.#parts.analyses.of(record.pin.digest);
  }

  /** How a module runs as a role. Throws HeadframeError: as `analysis`, and failed_precondition with what is wrong. */
  async profile(name: string, role: string): Promise<RoleProfile> {
    const analysis = await this.analysis(this.get(name));
    const outcome = analysis.roles.get(role) ?? profileOf(role, analysis);
    if ('profile' in outcome) return outcome.profile;
    throw roleUnusable(role, outcome.mistake);
  }

  /** What the commit that was found last would change; nothing where there is none. */
  async changes({ pin, candidate }: ModuleRecord): Promise<ModuleChange[]> {
    if (pin === undefined || candidate === undefined) return [];
    const { analyses } = this.#parts;
    return changesBetween(await analyses.of(pin.digest), await analyses.of(candidate.digest));
  }

  /** Has something done for a module; asking for the same again is no other job. */
  async #order(name: string, jobOf: (record: ModuleRecord) => ModuleJob): Promise<ModuleRecord> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const record = tx.module(name) ?? this.get(name);
      const job = jobOf(record);
      if (record.job !== undefined && !isSame(record.job, job)) throw moduleBusy(record);
      if (record.job !== undefined) return record;
      const ordered = { ...record, job, changedAtMs: tx.atMs };
      tx.putModule(ordered);
      return ordered;
    });
    await durable;
    return value;
  }

  async #take(name: string, candidate: ModulePin): Promise<ModuleRecord> {
    const { value, durable } = this.#parts.fleet.transact((tx) => {
      const current = tx.module(name) ?? this.get(name);
      if (current.job !== undefined) throw moduleBusy(current);
      const { record, event } = pinned({ ...current, changedAtMs: tx.atMs }, candidate, 'module_pinned');
      tx.putModule(record);
      if (event !== undefined) tx.event({ subject: 'fleet', id: '', ...event });
      return record;
    });
    await durable;
    return value;
  }

  async #requireGit(): Promise<void> {
    const { source, clock } = this.#parts;
    const late = new AbortController();
    const cancel = clock.setTimer(() => late.abort(), GIT_WITHIN_MS);
    await source.requireGit(late.signal).finally(cancel);
  }
}

function newModuleSchema(rules: Pick<SourceRules, 'fileUrls'>) {
  const name = z
    .string()
    .regex(MODULE_NAME, '3-63 characters of a-z, 0-9 and "-", with a letter or digit at both ends');
  return strictObject({ name, url: moduleUrlField(rules), ref: moduleRefField });
}

function isSame(a: ModuleJob, b: ModuleJob): boolean {
  return a.kind === b.kind && (a.kind !== 'refresh' || b.kind !== 'refresh' || a.apply === b.apply);
}
