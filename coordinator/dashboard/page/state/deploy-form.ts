/** What the form asks for, as it was typed. */
export interface DeployForm {
  /** What the miner is made of. */
  readonly kind: 'container' | 'model';
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Words after the image's own entrypoint, as a shell splits them. */
  readonly args: string;
  /** `NAME=value` in lines. */
  readonly env: string;
  /** Container port; of a container empty for none. */
  readonly port: string;
  readonly cpu: string;
  readonly memoryMib: string;
  readonly diskGib: string;
  readonly replicas: string;
  readonly priority: string;
  /** Where a model's Dockerfile comes from. */
  readonly source: 'upload' | 'url' | 'git';
  /** Name of the file that was chosen; empty for none. */
  readonly file: string;
  readonly url: string;
  readonly commit: string;
  /** `llm` and so on; empty is what the model says. */
  readonly type: string;
  readonly account: string;
}

/** What the form begins with: the defaults of a manifest. */
export const EMPTY_FORM: DeployForm = {
  ...{ kind: 'container', name: '', namespace: 'default', image: '', args: '', env: '', port: '' },
  ...{ cpu: '2', memoryMib: '512', diskGib: '5', replicas: '1', priority: '500' },
  ...{ source: 'upload', file: '', url: '', commit: '', type: '', account: '' },
};

/** What is wrong with a form, by its fields. */
export type FormFaults = Partial<Readonly<Record<keyof DeployForm, string>>>;

const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const VARIABLE = /^[A-Za-z_]\w*=/;
const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** What is wrong, said beside each field before anything is sent; the coordinator judges again. Pure. */
export function faultsOf(form: DeployForm): FormFaults {
  const { name, env, cpu, memoryMib, diskGib, replicas, priority } = form;
  const faults: { [K in keyof DeployForm]?: string | undefined } = {
    name: NAME.test(name) ? undefined : 'a–z, 0–9 and -, from a letter on, 1 to 63 characters',
    env: linesOf(env).every((line) => VARIABLE.test(line)) ? undefined : 'NAME=value in each line',
    cpu: Number(cpu) > 0 ? undefined : 'more than 0, such as 0.5',
    memoryMib: Number(memoryMib) >= 4 ? undefined : '4 or more',
    diskGib: Number(diskGib) > 0 ? undefined : 'more than 0',
    replicas: isWithin(replicas, 0, 1_000_000) ? undefined : '0 or more',
    priority: isWithin(priority, 0, 1_000) ? undefined : '0 to 1000',
    ...(form.kind === 'container' ? containerFaults(form) : modelFaults(form)),
  };
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined));
}

function containerFaults({ image, args, port }: DeployForm) {
  return {
    image: image.trim() === '' ? 'such as registry.example/image:tag' : undefined,
    args: wordsOf(args) === undefined ? 'a quote has no end' : undefined,
    port: port === '' || isWithin(port, 1, 65_535) ? undefined : '1 to 65535, or nothing',
  };
}

function modelFaults({ source, file, url, commit, port }: DeployForm) {
  const isUrl = /^https?:\/\/./.test(url.trim());
  return {
    file: source === 'upload' && file === '' ? 'a Dockerfile, or a tar archive with one' : undefined,
    url: source !== 'upload' && !isUrl ? 'such as https://models.example/markov.tar.gz' : undefined,
    commit: source === 'git' && !COMMIT.test(commit.trim()) ? 'a whole commit id' : undefined,
    port: isWithin(port, 1, 65_535) ? undefined : '1 to 65535',
  };
}

/**
 * The miner that a form without faults asks for, as `MinerSpec` has it in JSON; `upload` is the digest of what was uploaded
 * for it. Pure.
 */
export function specOf(form: DeployForm, upload = ''): object {
  const { kind, name, namespace, cpu, memoryMib, diskGib, replicas, priority } = form;
  return {
    ...{ kind, name, namespace, replicas: Number(replicas), priority: Number(priority) },
    resources: {
      cpuMillis: Math.round(Number(cpu) * 1000),
      memoryBytes: String(Math.round(Number(memoryMib) * 2 ** 20)),
      diskBytes: String(Math.round(Number(diskGib) * 2 ** 30)),
    },
    ...(kind === 'container' ? { container: containerOf(form) } : { model: modelOf(form, upload) }),
  };
}

function containerOf({ image, args, env, port }: DeployForm): object {
  const ports = port === '' ? [] : [{ name: 'http', containerPort: Number(port), protocol: 'PROTOCOL_TCP' }];
  return { image: image.trim(), args: wordsOf(args) ?? [], env: pairsOf(env), ports };
}

function modelOf({ source, url, commit, port, env, type, account }: DeployForm, upload: string): object {
  const sources = {
    upload: { upload },
    url: { url: { url: url.trim() } },
    git: { git: { url: url.trim(), commit: commit.trim() } },
  };
  return { ...sources[source], port: Number(port), env: pairsOf(env), type, account: account.trim() };
}

function pairsOf(env: string): Readonly<Record<string, string>> {
  const pairs = linesOf(env).map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}

/** The words of a line, as a shell splits it by blanks and quotes; undefined where a quote has no end. Pure. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  const word = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)|\s+$/gy;
  while (word.lastIndex < line.length) {
    const found = word.exec(line);
    if (found === null) return undefined;
    if (found[1] !== undefined) words.push(unquoted(found[1]));
  }
  return words;
}

function unquoted(word: string): string {
  return word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_all, double?: string, single?: string, one?: string) =>
    double !== undefined ? double.replace(/\\(["\\$`])/g, '$1') : (single ?? one ?? ''),
  );
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function isWithin(text: string, least: number, most: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
}
