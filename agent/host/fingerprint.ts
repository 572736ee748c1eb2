import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FINGERPRINT_KINDS } from '../../common/model/fingerprint.js';
import type { FingerprintKind, FingerprintPart } from '../../common/model/fingerprint.js';

/** More parts of one kind than hosts have; beyond that the first in order count. */
const MOST_OF_A_KIND = 32;
/** What makers write where they have no serial number. */
const BLANK =
  /^(?:none|unknown|default string|to be filled by o\.?e\.?m\.?|not specified|not applicable|system serial number)$/i;
/** All digits alike, or the id that some boards are all shipped with. */
const EMPTY_ID = /^(?:|(.)\1*|03000200040005000006000700080009)$/;
const NOT_DISKS = /^(?:loop|ram|zram|dm-|md|sr|fd|nbd)/;

/**
 * What this machine is known again by: the ids of its parts as the kernel has them, each hashed. What cannot be read, as in
 * containers and without root, is left out; `root` is where /sys, /proc and /etc are, for tests.
 */
export function readFingerprint(root = '/'): readonly FingerprintPart[] {
  const found: Readonly<Record<FingerprintKind, readonly string[]>> = {
    machine: texts(root, ['etc/machine-id']),
    board: texts(root, ['sys/class/dmi/id/product_uuid', 'sys/class/dmi/id/board_serial']),
    disk: entries(root, 'sys/block')
      .filter((name) => !NOT_DISKS.test(name))
      .flatMap((name) =>
        // Either is enough, and a disk may have both.
        texts(root, [
          `sys/block/${name}/wwid`,
          `sys/block/${name}/device/wwid`,
          `sys/block/${name}/device/serial`,
        ]).slice(0, 1),
      ),
    nic: entries(root, 'sys/class/net').flatMap((name) => nicOf(root, `sys/class/net/${name}`)),
    gpu: entries(root, 'proc/driver/nvidia/gpus').flatMap((name) => gpuOf(root, name)),
  };
  return FINGERPRINT_KINDS.flatMap((kind) => {
    const ids = [...new Set(found[kind].map((id) => id.toLowerCase()))].sort();
    return ids.slice(0, MOST_OF_A_KIND).map((id) => ({ kind, hash: hashOf(kind, id) }));
  });
}

/** A card that is there, by the address it was made with; bridges and virtual ends have none. */
function nicOf(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder, 'device'))) return [];
  return textOf(root, `${folder}/addr_assign_type`) === '0' ? texts(root, [`${folder}/address`]) : [];
}

function gpuOf(root: string, name: string): readonly string[] {
  const uuid = /^GPU UUID:\s*(GPU-[0-9a-f-]{36})\s*$/im.exec(
    textOf(root, `proc/driver/nvidia/gpus/${name}/information`),
  );
  return uuid?.[1] === undefined ? [] : [uuid[1]];
}

function texts(root: string, paths: readonly string[]): readonly string[] {
  return paths
    .map((path) => textOf(root, path))
    .filter((text) => !BLANK.test(text) && !EMPTY_ID.test(text.replace(/[-:.\s]/g, '')));
}

function textOf(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), 'latin1').trim();
  } catch {
    return ''; // not there, or not for us: one part less
  }
}

function entries(root: string, path: string): readonly string[] {
  try {
    return readdirSync(join(root, path));
  } catch {
    return []; // as above
  }
}

function hashOf(kind: FingerprintKind, id: string): string {
  return createHash('sha256').update(`headframe fingerprint 1\n${kind}\n${id}`).digest('hex').slice(0, 32);
}
