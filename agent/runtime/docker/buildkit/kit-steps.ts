import { access, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, isAbsent } from '../../../host/errno.js';
import type { BuildLimits } from '../../../images/index.js';
import { runtimeError } from '../../runtime-error.js';
import { boundsOf, processCountFile } from './bounds.js';
import type { Bound } from './bounds.js';
import { mountedFolders, stepStateOf, upperFolder } from './step-state.js';
import type { StepState } from './step-state.js';
import { writtenBytes } from './written-bytes.js';

/** A folder that a step writes to. */
export interface WrittenFolder {
  readonly path: string;
  readonly bytes: number;
  /** Whether it was empty when the step began; a cache was not. */
  readonly isNew: boolean;
}

/** What a step takes of its host. */
export interface StepUse {
  readonly processes: number;
  readonly folders: readonly WrittenFolder[];
}

/** How far a step is: not there yet, bounded, or over. */
export type StepStanding = 'coming' | 'bounded' | 'gone';

/** Where steps are found on this machine. */
export interface KitFolders {
  /** With a folder for each step that runs, by its id. */
  readonly executor: string;
  /** runc's own, likewise. */
  readonly runc: string;
}

/** Where an engine on this machine, whose data lies there, has them. */
export function kitFoldersOf(dataRoot: string): KitFolders {
  return { executor: join(dataRoot, 'buildkit/executor'), runc: '/run/runc' };
}

/** Steps of BuildKit are no containers of the engine: it bounds them by nothing and knows nothing of them. */
export class KitSteps {
  readonly #folders: KitFolders;

  constructor(folders: KitFolders) {
    this.#folders = folders;
  }

  /** Ids of those that run now. */
  async list(): Promise<string[]> {
    return (await readdir(this.#folders.executor)).filter((name) => /^[a-z0-9]{25}$/.test(name));
  }

  /**
   * Bounds memory, processors and processes of a step by its control group. Throws HeadframeError ('build_out_of_memory') for
   * one that has more already, and ('build_unbounded') where it cannot be done.
   */
  async bound(id: string, limits: BuildLimits): Promise<StepStanding> {
    const state = await this.#state(id);
    if (state === undefined) return (await this.#isThere(id)) ? 'coming' : 'gone';
    const bounds = boundsOf(state.folders, limits);
    if (bounds === undefined) throw unbounded('its control group has no memory, cpu or pids');
    for (const one of bounds) {
      const isSet = await this.#set(one);
      if (isSet) continue;
      if (!(await this.#isThere(id))) return 'gone';
      // It goes before the step does.
      if (!(await hasFolder(one))) return 'coming';
      if (!one.optional) throw unbounded(`${one.path} cannot be written`);
    }
    return 'bounded';
  }

  /** What it takes; undefined when it is over. Throws HeadframeError ('build_unbounded') where it cannot be told. */
  async use(id: string, signal: AbortSignal): Promise<StepUse | undefined> {
    const state = await this.#state(id);
    const config = await textAt(join(this.#folders.executor, id, 'config.json'));
    const mounts = state && (await mountsOf(state.pid));
    const counted = state && (await textAt(processCountFile(state.folders) ?? ''));
    if (mounts === undefined || mounts === '' || config === undefined || counted === undefined) return undefined;
    const upper = upperFolder(mounts);
    if (upper === undefined) throw unbounded('what it writes cannot be told');
    const folders: WrittenFolder[] = [];
    for (const path of [upper, ...mountedFolders(config)])
      folders.push({ path, bytes: await writtenBytes(path, signal), isNew: path === upper });
    return { processes: Number(counted), folders };
  }

  /** False when it could not be. */
  async #set({ path, value }: Bound): Promise<boolean> {
    try {
      await writeFile(path, value, { flag: 'r+' });
      return true;
    } catch (error) {
      // The kernel takes no limit below what is held and cannot be taken back.
      if (errnoOf(error) === 'EBUSY')
        throw runtimeError('build_out_of_memory', 'a step had more memory than it may before it could be bounded');
      return false;
    }
  }

  async #state(id: string): Promise<StepState | undefined> {
    const text = await textAt(join(this.#folders.runc, id, 'state.json'));
    return text === undefined ? undefined : stepStateOf(text);
  }

  async #isThere(id: string): Promise<boolean> {
    return (await this.list()).includes(id);
  }
}

async function hasFolder({ path }: Bound): Promise<boolean> {
  return access(dirname(path)).then(
    () => true,
    () => false,
  );
}

function unbounded(why: string): Error {
  return runtimeError('build_unbounded', `a step of BuildKit cannot be bounded: ${why}`);
}

/** Of a process; undefined once it has ended. The kernel says EINVAL of one that nobody has waited for yet: it has no mounts any more. */
async function mountsOf(pid: number): Promise<string | undefined> {
  return textAt(`/proc/${String(pid)}/mountinfo`).catch((error: unknown) => {
    if (errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  });
}

/** Undefined where there is none. */
async function textAt(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
}
