/**
 * System calls that a lease's programs may make, by subject. A name stands here because servers, shells, compilers, package
 * managers or language runtimes use it, and because the kernel guards it by the caller's own rights. What is not here is
 * refused: mounts, namespaces, io_uring, BPF, performance events, kernel keys, user fault handling, handles to files, clocks,
 * modules, swap, accounting, reboots.
 */
export const ALLOWED_CALLS: Readonly<Record<string, readonly string[]>> = {
  files: words`access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
    fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat
    fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown
    lchown32 link linkat lseek _llseek lstat lstat64 mkdir mkdirat mknod mknodat newfstatat open openat openat2 pipe pipe2
    pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2
    rmdir sendfile sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee
    truncate truncate64 umask unlink unlinkat utime utimensat utimes vmsplice write writev`,
  attributes: words`fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr lsetxattr
    removexattr setxattr`,
  waiting: words`epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
    eventfd2 inotify_add_watch inotify_init inotify_init1 inotify_rm_watch _newselect poll ppoll pselect6 select signalfd
    signalfd4 timerfd_create timerfd_gettime timerfd_settime`,
  inputAndOutput: words`io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit`,
  memory: words`brk cachestat get_mempolicy madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2
    mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect
    process_madvise process_mrelease remap_file_pages`,
  processes: words`alarm arch_prctl execve execveat exit exit_group fork futex futex_requeue futex_wait futex_waitv futex_wake
    get_robust_list get_thread_area getitimer getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid gettid
    ioprio_get ioprio_set kill nanosleep pause pidfd_open pidfd_send_signal prctl prlimit64 ptrace restart_syscall rseq
    rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
    set_robust_list set_thread_area set_tid_address setitimer setpgid setpriority setrlimit setsid sigaltstack tgkill times
    tkill ugetrlimit vfork wait4 waitid waitpid`,
  scheduling: words`sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield`,
  identities: words`capget capset chroot getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid
    getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups
    setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`,
  ownFilters: words`landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp`,
  sockets: words`accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmsg send sendmmsg
    sendmsg sendto setsockopt shutdown`,
  sharing: words`mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl semget
    semop semtimedop shmat shmctl shmdt shmget`,
  clocks: words`clock_getres clock_gettime clock_nanosleep gettimeofday time timer_create timer_delete timer_getoverrun
    timer_gettime timer_settime`,
  machine: words`getcpu getrandom sysinfo uname`,
  arm: words`arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2`,
};

function words(text: TemplateStringsArray): string[] {
  return text.join('').split(/\s+/);
}
