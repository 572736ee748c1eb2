import type { ModuleBuild } from './module-spec.js';

/** Where the Dockerfile of a model, and what it copies, comes from. */
export type ModelSource =
  /** A Dockerfile that needs no other file. */
  | { readonly kind: 'text'; readonly text: string }
  /** An archive that was uploaded: `sha256:` and its digest in hex. */
  | { readonly kind: 'upload'; readonly content: string }
  /** A Dockerfile or an archive. `digest` is that of the bytes it gives: '' until the coordinator has fetched them. */
  | { readonly kind: 'url'; readonly url: string; readonly digest: string }
  /** A commit, by its whole id; `folder` is the context within, '' for all of it. */
  | { readonly kind: 'git'; readonly url: string; readonly commit: string; readonly folder: string };

/** What models do, as `/info` of the contract has it. */
export const MODEL_TYPES = ['llm', 'vision', 'speech', 'translation'] as const;

/** One of `MODEL_TYPES`. */
export type ModelType = (typeof MODEL_TYPES)[number];

/** A model, what it is built of and how it runs. */
export interface ModelSpec {
  readonly source: ModelSource;
  /** Path of the Dockerfile within the source. */
  readonly dockerfile: string;
  /** At which it listens: the container's port named `MODEL_PORT`. */
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** In the place of the image's own. */
  readonly args: readonly string[];
  /** Names of secrets of the miner's namespace, by variables. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Who is paid: SS58 or `0.0.N`; '' for nobody. */
  readonly account: string;
  /** '' is what its `/info` says. */
  readonly type: ModelType | '';
  /** Undefined until the coordinator has the content. */
  readonly build?: ModuleBuild | undefined;
}

/** Name of the port at which a model answers. */
export const MODEL_PORT = 'http';
