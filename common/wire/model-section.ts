import { create } from '@bufbuild/protobuf';
import { ModelSectionSchema } from '../gen/headframe/v1/miner_pb.js';
import type { ModelSection } from '../gen/headframe/v1/miner_pb.js';
import type { PlainMapping } from '../model/manifest/index.js';
import type { ContainerSpec } from '../model/miner.js';
import type { ModelSource, ModelSpec } from '../model/model-spec.js';
import { containerToWire } from './container-section.js';
import { buildFromWire, buildToWire } from './module-section.js';

/** Puts a model's section on the wire, with what was made of it. */
export function modelToWire(model: ModelSpec, container: ContainerSpec): ModelSection {
  const { source, dockerfile, port, env, args, secrets, buildArgs, account, type, build } = model;
  return create(ModelSectionSchema, {
    ...{ dockerfile, port, account, type },
    source: sourceToWire(source),
    env: { ...env },
    args: [...args],
    secrets: { ...secrets },
    buildArgs: { ...buildArgs },
    container: containerToWire(container),
    ...(build === undefined ? {} : { build: buildToWire(build) }),
  });
}

/** A model's section from the wire in the user's form, unchecked; what is unset stays out. */
export function modelManifest(section: ModelSection): PlainMapping {
  const { source, dockerfile, port, env, args, secrets, buildArgs, account, type, build } = section;
  return {
    source: sourceManifest(source),
    dockerfile: dockerfile === '' ? undefined : dockerfile,
    port: port === 0 ? undefined : port,
    ...{ env, args, secrets, buildArgs },
    account: account === '' ? undefined : account,
    type: type === '' ? undefined : type,
    build: build && { ...buildFromWire(build) },
  };
}

function sourceToWire(source: ModelSource) {
  switch (source.kind) {
    case 'text':
      return { case: 'text', value: source.text } as const;
    case 'upload':
      return { case: 'upload', value: source.content } as const;
    case 'url':
      return { case: 'url', value: { url: source.url, digest: source.digest } } as const;
    case 'git':
      return { case: 'git', value: { url: source.url, commit: source.commit, folder: source.folder } } as const;
  }
}

function sourceManifest(source: ModelSection['source']): PlainMapping {
  switch (source.case) {
    case 'text':
      return { text: source.value };
    case 'upload':
      return { upload: source.value };
    case 'url':
      return { url: source.value.url, digest: source.value.digest === '' ? undefined : source.value.digest };
    case 'git': {
      const { url, commit, folder } = source.value;
      return { git: { url, commit, folder: folder === '' ? undefined : folder } };
    }
    case undefined:
      return {};
  }
}
