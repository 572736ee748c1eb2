/** An open file; whoever opened it closes it. */
export interface DiskFile {
  /** Writes all of `bytes` at `position`, in whatever number of steps that takes. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Cuts the file to `bytes` bytes. */
  truncate(bytes: number): Promise<void>;
  /** Resolves once content and size are on stable storage; the name is not, until its folder is synced. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What reading a store asks of a file system. Errors are Node's, with `code`. */
export interface ReadableDisk {
  /** Names of the plain files in a folder. */
  list(folder: string): Promise<readonly string[]>;
  read(path: string): Promise<Buffer>;
  /** Size of a file in bytes. */
  size(path: string): Promise<number>;
}

/** What durable storage asks of a file system, so that tests can crash it at any call. */
export interface Disk extends ReadableDisk {
  /** Makes the folder and its parents, for the owner alone, and makes their names durable. */
  makeFolder(path: string): Promise<void>;
  /** Creates a file that must not exist (`EEXIST`), readable by the owner alone. */
  create(path: string): Promise<DiskFile>;
  /** Opens an existing file for writing. */
  edit(path: string): Promise<DiskFile>;
  /** Replaces `to` in one step; durable once the folder is synced. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Resolves once the names in the folder are on stable storage. */
  syncFolder(path: string): Promise<void>;
}
