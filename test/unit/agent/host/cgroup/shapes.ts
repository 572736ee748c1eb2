// Texts as kernels write them, one set for each way the trees are laid out.

const ID = '1ade0ab0145c6c7f06f442cf9a2f10276ecda5309e9fceb5e8590aa743a2dbaf';

const V1_MOUNTS = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/systemd rw,nosuid shared:9 - cgroup cgroup rw,xattr,name=systemd
33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:10 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,nosuid shared:11 - cgroup cgroup rw,memory
38 31 0:35 / /sys/fs/cgroup/blkio rw,nosuid shared:12 - cgroup cgroup rw,blkio
39 31 0:36 / /sys/fs/cgroup/pids rw,nosuid shared:13 - cgroup cgroup rw,pids
`;

/** One layout: what /proc says, and where each kind of file must be found. */
export interface Shape {
  readonly name: string;
  readonly membership: string;
  readonly mountinfo: string;
  readonly paths: readonly string[];
}

/** v1, cgroupfs driver, `cpu` and `cpuacct` mounted together. */
export const V1_CGROUPFS: Shape = {
  name: 'v1 with the cgroupfs driver',
  membership: `9:name=systemd:/docker/${ID}
8:pids:/docker/${ID}
7:blkio:/docker/${ID}
4:memory:/docker/${ID}
2:cpu,cpuacct:/docker/${ID}
`,
  mountinfo: V1_MOUNTS,
  paths: [
    `/sys/fs/cgroup/cpu,cpuacct/docker/${ID}/cpuacct.usage`,
    `/sys/fs/cgroup/cpu,cpuacct/docker/${ID}/cpu.stat`,
    `/sys/fs/cgroup/memory/docker/${ID}/memory.usage_in_bytes`,
    `/sys/fs/cgroup/memory/docker/${ID}/memory.stat`,
    `/sys/fs/cgroup/memory/docker/${ID}/memory.oom_control`,
    `/sys/fs/cgroup/pids/docker/${ID}/pids.current`,
    `/sys/fs/cgroup/blkio/docker/${ID}/blkio.throttle.io_service_bytes_recursive`,
  ],
};

/** Hybrid: `cpu` and `cpuacct` mounted apart on v1, an empty unified tree beside them. */
export const HYBRID: Shape = {
  name: 'hybrid with an empty unified tree',
  membership: `9:name=systemd:/docker/${ID}
8:pids:/docker/${ID}
7:blkio:/docker/${ID}
4:memory:/docker/${ID}
2:cpuacct:/docker/${ID}
1:cpu:/docker/${ID}
0::/docker/${ID}
`,
  mountinfo: `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
  paths: [
    `/sys/fs/cgroup/cpuacct/docker/${ID}/cpuacct.usage`,
    `/sys/fs/cgroup/cpu/docker/${ID}/cpu.stat`,
    `/sys/fs/cgroup/memory/docker/${ID}/memory.usage_in_bytes`,
    `/sys/fs/cgroup/memory/docker/${ID}/memory.stat`,
    `/sys/fs/cgroup/memory/docker/${ID}/memory.oom_control`,
    `/sys/fs/cgroup/pids/docker/${ID}/pids.current`,
    `/sys/fs/cgroup/blkio/docker/${ID}/blkio.throttle.io_service_bytes_recursive`,
  ],
};

/** v2 with the systemd driver: containers are scopes. */
export const V2_SYSTEMD: Shape = {
  name: 'v2 with the systemd driver',
  membership: `0::/system.slice/docker-${ID}.scope
`,
  mountinfo: `25 30 0:23 / /sys rw,nosuid shared:7 - sysfs sysfs rw
35 25 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`,
  paths: ['cpu.stat', 'memory.current', 'memory.stat', 'memory.max', 'memory.events', 'pids.current', 'io.stat'].map(
    (file) => `/sys/fs/cgroup/system.slice/docker-${ID}.scope/${file}`,
  ),
};

/** v2 seen by an agent whose mount shows the engine's part of the tree alone, at a path with a space. */
export const V2_BIND_MOUNT: Shape = {
  name: 'v2 through a bind mount of a part of the tree',
  membership: `0::/docker/${ID}
`,
  mountinfo: `812 790 0:30 /docker /host\\040cgroup ro,relatime master:9 - cgroup2 cgroup2 rw
`,
  paths: ['cpu.stat', 'memory.current', 'memory.stat', 'memory.max', 'memory.events', 'pids.current', 'io.stat'].map(
    (file) => `/host cgroup/${ID}/${file}`,
  ),
};

/** File texts of one v1 container limited to half a CPU, 64 MiB without swap and 32 tasks. */
export const V1_FILES: Readonly<Record<string, string>> = {
  'cpuacct.usage': '41769381\n',
  'cpu.stat': 'nr_periods 4\nnr_throttled 2\nthrottled_time 7100450\nnr_bursts 0\nburst_time 0\n',
  'cpu.cfs_quota_us': '50000\n',
  'cpu.cfs_period_us': '100000\n',
  'memory.usage_in_bytes': '1384448\n',
  'memory.stat': `cache 647168
rss 53248
inactive_file 57344
hierarchical_memory_limit 67108864
hierarchical_memsw_limit 67108864
total_cache 647168
total_inactive_anon 49152
total_inactive_file 57344
total_active_file 589824
`,
  'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n',
  'memory.limit_in_bytes': '67108864\n',
  'memory.memsw.limit_in_bytes': '67108864\n',
  'pids.current': '1\n',
  'pids.max': '32\n',
  'blkio.throttle.io_service_bytes_recursive': `8:16 Read 4096
8:16 Write 0
8:16 Sync 4096
8:16 Async 0
8:16 Total 4096
254:0 Read 1000000
254:0 Write 20480
254:0 Sync 1020480
254:0 Async 0
254:0 Total 1020480
Total 1024576
`,
};

/** The same container on v2. */
export const V2_FILES: Readonly<Record<string, string>> = {
  'cpu.stat': `usage_usec 41769
user_usec 20000
system_usec 21769
core_sched.force_idle_usec 0
nr_periods 4
nr_throttled 2
throttled_usec 7100
nr_bursts 0
burst_usec 0
`,
  'cpu.max': '50000 100000\n',
  'memory.current': '1384448\n',
  'memory.stat':
    'anon 49152\nfile 647168\nkernel 638976\ninactive_anon 45056\nactive_anon 4096\ninactive_file 57344\nactive_file 589824\n',
  'memory.max': '67108864\n',
  'memory.swap.max': '0\n',
  'memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 3\noom_group_kill 0\n',
  'pids.current': '1\n',
  'pids.max': '32\n',
  'io.stat': `8:16 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0
254:0 rbytes=1000000 wbytes=20480 rios=9 wios=2 dbytes=0 dios=0
`,
};
