import { basename, dirname } from 'node:path';
import type { Disk, DiskFile } from '../../common/disk/index.js';
import type { Random } from './seeded-random.js';

const SECTOR_BYTES = 512;

/** A change of a file's content that no sync has made durable yet. */
type PendingChange =
  | { readonly kind: 'write'; readonly bytes: Buffer; readonly position: number }
  | { readonly kind: 'truncate'; readonly bytes: number };

interface Inode {
  /** What a read finds. */
  cached: Buffer;
  /** What survives a power cut for certain. */
  durable: Buffer;
  pending: PendingChange[];
}

/** A change of names, by path, that no sync of a folder has made durable yet; undefined removes the name. */
type PendingNames = ReadonlyMap<string, Inode | undefined>;

/** What happens at one call of the disk. */
export type Fault = 'crash' | 'EIO' | 'ENOSPC';

/** Thrown by the call that the crash interrupts and by every call after it: the process that made them is no more. */
export class Crashed extends Error {
  readonly interrupted: boolean;

  constructor(interrupted: boolean) {
    super('the process is gone');
    this.interrupted = interrupted;
  }
}

/**
 * A file system in memory that keeps for certain only what was synced. At a power cut, writes that were not survive
 * whole, not at all, by a prefix or by some of their sectors; names likewise, each on its own. A failed sync leaves
 * content in memory alone, where reads find it and later syncs do not save it, as Linux does; names are tried again.
 * Before it starts over, the process of before must have come to its end: close its store after the crash.
 */
export class SimulatedDisk implements Disk {
  readonly #random: Random;
  readonly #folders = new Set<string>();
  readonly #cached = new Map<string, Inode>();
  readonly #durable = new Map<string, Inode>();
  #pendingNames: PendingNames[] = [];
  #calls = 0;
  #faultAt = Infinity;
  #fault: Fault = 'crash';
  #crashed = false;
  /** Calls of an earlier process must not reach the disk after its crash. */
  #life = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Lets `fault` happen at the given call from now, 1 being the next. */
  failAt(call: number, fault: Fault): void {
    this.#faultAt = this.#calls + call;
    this.#fault = fault;
  }

  /** Ends the process now: from here on every call of it fails. */
  crash(): void {
    this.#crashed = true;
  }

  /** Starts over after the process was killed: all that was written is still there, yet no more durable than before. */
  restartAfterKill(): void {
    this.#restart();
  }

  /** Starts over after a power cut: what was not synced survives by chance. */
  restartAfterPowerCut(): void {
    for (const names of this.#pendingNames.splice(0)) if (this.#chance(0.5)) applyNames(this.#durable, names);
    this.#cached.clear();
    for (const [path, inode] of this.#durable) this.#cached.set(path, this.#survivor(inode));
    this.#durable.clear();
    for (const [path, inode] of this.#cached) this.#durable.set(path, inode);
    this.#restart();
  }

  /** Flips one bit of a file, durably. */
  flip(path: string, offset: number): void {
    const inode = this.#inode(path);
    for (const bytes of new Set([inode.cached, inode.durable])) bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  }

  async makeFolder(path: string): Promise<void> {
    await this.#call();
    this.#folders.add(path);
  }

  async list(path: string): Promise<readonly string[]> {
    await this.#call();
    if (!this.#folders.has(path)) throw systemError('ENOENT', path);
    return [...this.#cached.keys()].filter((name) => dirname(name) === path).map((name) => basename(name));
  }

  async read(path: string): Promise<Buffer> {
    await this.#call();
    return Buffer.from(this.#inode(path).cached);
  }

  async size(path: string): Promise<number> {
    await this.#call();
    return this.#inode(path).cached.length;
  }

  async create(path: string): Promise<DiskFile> {
    await this.#call();
    if (!this.#folders.has(dirname(path))) throw systemError('ENOENT', path);
    if (this.#cached.has(path)) throw systemError('EEXIST', path);
    const inode: Inode = { cached: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
    this.#changeNames(new Map([[path, inode]]));
    return this.#open(inode);
  }

  async edit(path: string): Promise<DiskFile> {
    await this.#call();
    return this.#open(this.#inode(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call();
    const inode = this.#inode(from);
    this.#changeNames(new Map<string, Inode | undefined>([[from, undefined]]).set(to, inode));
  }

  async remove(path: string): Promise<void> {
    await this.#call();
    this.#inode(path);
    this.#changeNames(new Map([[path, undefined]]));
  }

  async syncFolder(path: string): Promise<void> {
    await this.#call();
    const concerned = (names: PendingNames): boolean => [...names.keys()].some((name) => dirname(name) === path);
    for (const names of this.#pendingNames.filter(concerned)) applyNames(this.#durable, names);
    this.#pendingNames = this.#pendingNames.filter((names) => !concerned(names));
  }

  #open(inode: Inode): DiskFile {
    const life = this.#life;
    return {
      write: (bytes, position) => this.#write(inode, { kind: 'write', bytes: Buffer.from(bytes), position }, life),
      truncate: async (bytes) => {
        await this.#call(life);
        change(inode, { kind: 'truncate', bytes });
      },
      sync: async () => {
        const failure = await this.#call(life).catch(asError);
        if (failure instanceof Crashed) throw failure;
        const { pending } = inode;
        inode.pending = [];
        if (failure !== undefined) throw failure;
        for (const one of pending) inode.durable = applyChange(inode.durable, one);
      },
      close: async () => {
        if (life !== this.#life || this.#crashed) throw new Crashed(false);
      },
    };
  }

  async #write(inode: Inode, whole: PendingChange & { kind: 'write' }, life: number): Promise<void> {
    const failure = await this.#call(life).catch(asError);
    if (failure === undefined) {
      change(inode, whole);
      return;
    }
    const reached = !(failure instanceof Crashed) || failure.interrupted;
    const part = whole.bytes.subarray(0, Math.floor(this.#random() * (whole.bytes.length + 1)));
    if (reached && part.length > 0) change(inode, { ...whole, bytes: part });
    throw failure;
  }

  // Takes a turn of the event loop now and then, as a disk does, so that calls interleave.
  async #call(life = this.#life): Promise<void> {
    if (this.#chance(0.2)) await new Promise((resolve) => setImmediate(resolve));
    if (this.#crashed || life !== this.#life) throw new Crashed(false);
    this.#calls++;
    if (this.#calls !== this.#faultAt) return;
    if (this.#fault !== 'crash') throw systemError(this.#fault, 'injected');
    this.#crashed = true;
    throw new Crashed(true);
  }

  #survivor(inode: Inode): Inode {
    let bytes = inode.durable;
    for (const one of inode.pending) bytes = this.#survive(bytes, one);
    return { cached: Buffer.from(bytes), durable: bytes, pending: [] };
  }

  #survive(bytes: Buffer, pending: PendingChange): Buffer {
    const fate = Math.floor(this.#random() * 4);
    if (fate === 0) return bytes;
    if (fate === 1 || pending.kind === 'truncate') return applyChange(bytes, pending);
    if (fate === 2) {
      const part = pending.bytes.subarray(0, Math.floor(this.#random() * pending.bytes.length));
      return applyChange(bytes, { ...pending, bytes: part });
    }
    let survived = bytes;
    for (let at = 0; at < pending.bytes.length; at += SECTOR_BYTES) {
      if (this.#chance(0.5)) continue;
      const sector = pending.bytes.subarray(at, at + SECTOR_BYTES);
      survived = applyChange(survived, { ...pending, bytes: sector, position: pending.position + at });
    }
    return survived;
  }

  #restart(): void {
    [this.#calls, this.#faultAt, this.#crashed] = [0, Infinity, false];
    this.#life++;
  }

  #changeNames(names: PendingNames): void {
    applyNames(this.#cached, names);
    this.#pendingNames.push(names);
  }

  #inode(path: string): Inode {
    const inode = this.#cached.get(path);
    if (inode === undefined) throw systemError('ENOENT', path);
    return inode;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }
}

function change(inode: Inode, pending: PendingChange): void {
  inode.cached = applyChange(inode.cached, pending);
  inode.pending.push(pending);
}

function applyChange(bytes: Buffer, pending: PendingChange): Buffer {
  if (pending.kind === 'truncate') return Buffer.from(bytes.subarray(0, pending.bytes));
  const changed = Buffer.alloc(Math.max(bytes.length, pending.position + pending.bytes.length));
  bytes.copy(changed);
  pending.bytes.copy(changed, pending.position);
  return changed;
}

function applyNames(into: Map<string, Inode>, names: PendingNames): void {
  for (const [name, inode] of names) {
    if (inode === undefined) into.delete(name);
    else into.set(name, inode);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
