import { ALLOWED_CALLS } from './seccomp-calls.js';

/** One condition on an argument, in the engine's words: https://docs.docker.com/engine/security/seccomp/ */
interface ArgumentRule {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ';
}

interface CallRule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly errnoRet?: number;
  readonly args?: readonly ArgumentRule[];
}

/** A profile as the engine takes it. */
export interface SeccompProfile {
  readonly defaultAction: 'SCMP_ACT_ERRNO';
  readonly defaultErrnoRet: number;
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] }[];
  readonly syscalls: readonly CallRule[];
}

const EPERM = 1;
const ENOSYS = 38;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h, and NEWTIME, which clone cannot take. */
const NEW_NAMESPACES = 0x7e02_0000;

/** AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK of linux/socket.h: no virtual sockets to a hypervisor, no kernel crypto, no rare protocols. */
const SOCKET_FAMILIES = [1, 2, 10, 16];

/** Of linux/personality.h: Linux itself, the same with 16-bit uids or `uname26`, and the question what is set. */
const PERSONALITIES = [0, 0x0008, 0x2_0000, 0x2_0008, 0xffff_ffff];

/**
 * The seccomp profile of leases: a list of what is allowed, all else is refused with EPERM. Native programs of x86-64 and
 * arm64 alone, for arguments of 32-bit socket calls cannot be judged. clone3 is answered with ENOSYS, because its flags lie
 * in memory, where no filter sees them; C libraries then use clone.
 */
export function leaseSeccompProfile(): SeccompProfile {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
    ],
    syscalls: [
      allow(Object.values(ALLOWED_CALLS).flat()),
      allow(['clone'], { index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }),
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      ...SOCKET_FAMILIES.map((value) => allow(['socket', 'socketpair'], { index: 0, value, op: 'SCMP_CMP_EQ' })),
      ...PERSONALITIES.map((value) => allow(['personality'], { index: 0, value, op: 'SCMP_CMP_EQ' })),
    ],
  };
}

function allow(names: readonly string[], ...args: readonly ArgumentRule[]): CallRule {
  return { names, action: 'SCMP_ACT_ALLOW', ...(args.length === 0 ? {} : { args }) };
}
