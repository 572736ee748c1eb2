import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files of a repository by path: text, or where a link leads. */
export type RepositoryFiles = Readonly<Record<string, string | Buffer>>;

/** An entry of a tree made by hand, as no git would make it. */
export interface RawEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

const WHO = ['-c', 'user.name=author', '-c', 'user.email=author@example.org', '-c', 'init.defaultBranch=main'];

/** A bare repository that a test makes, reached by a file URL. */
export class GitRepository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    execFileSync('git', [...WHO, 'init', '--quiet', '--bare', folder]);
  }

  get url(): string {
    return `file://${this.folder}`;
  }

  /** Runs git in the repository. */
  git(args: readonly string[], input: string | Buffer = ''): string {
    return execFileSync('git', [...WHO, ...args], { cwd: this.folder, input, stdio: 'pipe' })
      .toString()
      .trim();
  }

  /** Keeps content and gives its id. */
  blob(content: string | Buffer): string {
    return this.git(['hash-object', '-w', '--stdin'], content);
  }

  /** A tree that may hold what git itself would refuse. */
  tree(entries: readonly RawEntry[]): string {
    const parts = entries.map(({ mode, name, id }) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
    );
    return this.git(['hash-object', '-w', '-t', 'tree', '--stdin', '--literally'], Buffer.concat(parts));
  }

  /** A tree of plain files. */
  treeOf(files: RepositoryFiles): string {
    const index = join(this.folder, 'test-index');
    const env = { ...process.env, GIT_INDEX_FILE: index };
    const lines = Object.entries(files).map(([path, content]) => `100644 ${this.blob(content)}\t${path}\n`);
    execFileSync('git', ['read-tree', '--empty'], { cwd: this.folder, env });
    execFileSync('git', ['update-index', '--add', '--index-info'], { cwd: this.folder, env, input: lines.join('') });
    return execFileSync('git', ['write-tree'], { cwd: this.folder, env }).toString().trim();
  }

  /** Commits a tree, has a branch point there, and gives the commit. */
  commit(tree: string, branch = 'main'): string {
    const commit = this.git(['commit-tree', '-m', 'a change', tree]);
    this.git(['update-ref', `refs/heads/${branch}`, commit]);
    return commit;
  }
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: RepositoryFiles): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
