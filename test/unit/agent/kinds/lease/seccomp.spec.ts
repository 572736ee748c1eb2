import { expect } from 'chai';
import { leaseSeccompProfile } from '../../../../../agent/kinds/lease/seccomp.js';

const profile = leaseSeccompProfile();
const free = new Set(
  profile.syscalls
    .filter(({ args, action }) => args === undefined && action === 'SCMP_ACT_ALLOW')
    .flatMap(({ names }) => names),
);
const named = new Set(profile.syscalls.flatMap(({ names }) => names));

describe('the seccomp profile of leases', () => {
  it('refuses whatever it does not name', () => {
    expect(profile).to.include({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1 });
  });

  it('names nothing that reaches beyond a container', () => {
    const closed = [
      ...['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'bpf', 'perf_event_open', 'userfaultfd'],
      ...['keyctl', 'add_key', 'request_key', 'open_by_handle_at', 'name_to_handle_at', 'kcmp', 'process_vm_writev'],
      ...['mount', 'umount', 'umount2', 'move_mount', 'open_tree', 'fsopen', 'fsmount', 'fsconfig', 'mount_setattr'],
      ...['pivot_root', 'unshare', 'setns', 'swapon', 'quotactl', 'acct', 'reboot', 'kexec_load', 'kexec_file_load'],
      ...['init_module', 'finit_module', 'delete_module', 'create_module', 'iopl', 'ioperm', 'modify_ldt', 'uselib'],
      ...['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'stime', 'syslog', 'vhangup', 'lookup_dcookie'],
      ...['mbind', 'migrate_pages', 'move_pages', 'set_mempolicy', 'fanotify_init', 'nfsservctl', 'personality2'],
    ];
    expect(closed.filter((name) => named.has(name))).to.deep.equal([]);
  });

  it('lets servers, shells and package managers work', () => {
    const needed = [
      'execve',
      'openat',
      'read',
      'mmap',
      'futex',
      'epoll_wait',
      'accept4',
      'setresuid',
      'chroot',
      'seccomp',
    ];
    expect(needed.filter((name) => !free.has(name))).to.deep.equal([]);
  });

  it('allows clone without a single new namespace, and has clone3 fall back to it', () => {
    const clone = profile.syscalls.find(({ names }) => names.includes('clone'));
    expect(clone?.args).to.deep.equal([{ index: 0, value: 0x7e020000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]);
    expect(profile.syscalls.find(({ names }) => names.includes('clone3'))).to.include({
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 38,
    });
  });

  it('opens sockets of four families alone, and is never free of a condition there', () => {
    const sockets = profile.syscalls.filter(({ names }) => names.includes('socket'));
    expect(sockets.map(({ args }) => args?.[0]?.value)).to.deep.equal([1, 2, 10, 16]);
    for (const name of ['socket', 'socketcall', 'clone', 'personality']) expect(free.has(name), name).to.equal(false);
  });

  it('holds on both architectures, for their native programs alone', () => {
    expect(profile.archMap.map(({ architecture }) => architecture)).to.deep.equal([
      'SCMP_ARCH_X86_64',
      'SCMP_ARCH_AARCH64',
    ]);
    expect(profile.archMap.flatMap(({ subArchitectures }) => subArchitectures)).to.deep.equal([]);
  });

  it('names each call once', () => {
    const names = [...profile.syscalls].flatMap((rule) => (rule.args === undefined ? rule.names : []));
    expect(new Set(names).size).to.equal(names.length);
  });
});
