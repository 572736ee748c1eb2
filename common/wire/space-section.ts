import { create } from '@bufbuild/protobuf';
import { SpaceSectionSchema } from '../gen/headframe/v1/miner_pb.js';
import type { SpaceSection } from '../gen/headframe/v1/miner_pb.js';
import type { PlainMapping } from '../model/manifest/index.js';
import type { SpaceSpec } from '../model/space-spec.js';

/** Puts a space miner's section on the wire. */
export function spaceToWire({ nodes, folders, difficulty, ...rest }: SpaceSpec): SpaceSection {
  return create(SpaceSectionSchema, {
    ...rest,
    nodes: [...nodes],
    folders: [...folders],
    difficulty: BigInt(difficulty),
  });
}

/** A space miner's section from the wire in the user's form, unchecked; what is unset stays out. */
export function spaceManifest(section: SpaceSection): PlainMapping {
  const { image, nodes, tls, authorities, key, minerId, folders, deadlineMs, readTimeoutMs, difficulty } = section;
  const unlessEmpty = (text: string): string | undefined => (text === '' ? undefined : text);
  return {
    ...{ image: unlessEmpty(image), nodes, tls, authorities, key: unlessEmpty(key), minerId: unlessEmpty(minerId) },
    folders,
    deadline: deadlineMs === 0 ? undefined : `${String(deadlineMs)}ms`,
    readTimeout: readTimeoutMs === 0 ? undefined : `${String(readTimeoutMs)}ms`,
    difficulty: difficulty === 0n ? undefined : Number(difficulty),
    scan: unlessEmpty(section.scan),
    announce: unlessEmpty(section.announce),
    collectTransactions: section.collectTransactions,
  };
}
