import { recordOf, textOf } from '../json-lines.js';

/** A step that runs, as runc and its bundle describe it. */
export interface StepState {
  /** Its first process. */
  readonly pid: number;
  /** Of its control group, by controller; '' for version 2. */
  readonly folders: Readonly<Record<string, string>>;
}

/** Reads runc's `state.json`; undefined for what is none. Pure. */
export function stepStateOf(text: string): StepState | undefined {
  const state = recordOf(jsonOf(text));
  const pid = state['init_process_pid'];
  const folders = Object.entries(recordOf(state['cgroup_paths'])).filter(([, path]) => textOf(path).startsWith('/'));
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 2 || folders.length === 0) return undefined;
  return { pid, folders: Object.fromEntries(folders.map(([name, path]) => [name, textOf(path)])) };
}

/** Folders of the host that a step may write to by mounts, such as caches, out of its bundle's `config.json`. Pure. */
export function mountedFolders(text: string): string[] {
  const mounts = recordOf(jsonOf(text))['mounts'];
  return (Array.isArray(mounts) ? mounts : []).flatMap((mount: unknown) => {
    const { type, source, options } = recordOf(mount);
    const isReadOnly = Array.isArray(options) && options.includes('ro');
    return type === 'bind' && !isReadOnly && textOf(source).startsWith('/') ? [textOf(source)] : [];
  });
}

/** The folder that takes what a process writes over its image, by the text of its `mountinfo`; undefined where there is none. Pure. */
export function upperFolder(mountinfo: string): string | undefined {
  const root = mountinfo.split('\n').find((line) => / \/ \/ \S+ .*- overlay /.test(line));
  const path = root === undefined ? undefined : /[ ,]upperdir=([^, ]+)/.exec(root)?.[1];
  return path?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it is being written
  }
}
