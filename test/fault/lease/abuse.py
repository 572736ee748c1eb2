"""What a hostile renter tries, from inside a lease. Prints one JSON object; argv[1] names the attempt, the others are its arguments."""
import ctypes, errno, json, os, select, socket, sys, time
from concurrent.futures import ThreadPoolExecutor

libc = ctypes.CDLL(None, use_errno=True)
# Numbers of x86-64: /usr/include/asm/unistd_64.h
NEW_USER, NEW_NS, NEW_NET = 0x10000000, 0x00020000, 0x40000000
CALLS = {
    'io_uring_setup': (425, 8, ctypes.create_string_buffer(120)),
    'bpf': (321, 0, ctypes.create_string_buffer(120), 120),
    'perf_event_open': (298, ctypes.create_string_buffer(120), 0, -1, -1, 0),
    'keyctl': (250, 0, -3, 1),
    'add_key': (248, b'user', b'x', b'y', 1, -3),
    'userfaultfd': (323, 0),
    'unshare user': (272, NEW_USER),
    'unshare mounts': (272, NEW_NS),
    'unshare network': (272, NEW_NET),
    'clone user': (56, NEW_USER | 17, 0, 0, 0, 0),
    'setns': (308, 0, 0),
    'mount': (165, b'none', b'/mnt', b'tmpfs', 0, None),
    'umount': (166, b'/proc', 0),
    'fsopen': (430, b'tmpfs', 0),
    'pivot_root': (155, b'/', b'/'),
    'open_by_handle_at': (304, -100, ctypes.create_string_buffer(120), 0),
    'init_module': (175, None, 0, b''),
    'kexec_load': (246, 0, 0, None, 0),
    'reboot': (169, 0xfee1dead, 672274793, 0, None),
    'settimeofday': (164, ctypes.create_string_buffer(16), None),
    'sethostname': (170, b'mine', 4),
    'swapon': (167, b'/tmp/x', 0),
    'acct': (163, b'/tmp/x'),
    'syslog': (103, 10, None, 0),
    'iopl': (172, 3),
    'process_vm_writev': (311, 1, None, 0, None, 0, 0),
    'mknod of a disk': (133, b'/tmp/disk', 0o60600, 0xfe00),
    'ptrace of another user': (101, 16, 4194303, None, None),
}
SOCKETS = {
    'raw packets': (socket.AF_INET, socket.SOCK_RAW, 1),
    'link packets': (17, socket.SOCK_RAW, 0x0300),
    'kernel crypto': (38, socket.SOCK_SEQPACKET, 0),
    'hypervisor': (40, socket.SOCK_STREAM, 0),
}
WRITES = [
    '/proc/sys/kernel/hostname', '/proc/sys/vm/drop_caches', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger',
    '/sys/kernel/mm/transparent_hugepage/enabled', '/sys/fs/cgroup/memory/memory.limit_in_bytes', '/proc/sys/kernel/modprobe',
    '/run/headframe/lease/authorized_keys', '/run/headframe/ssh/host_key', '/dev/mem', '/dev/kmsg', '/dev/sda', '/dev/vda',
]


def calls():
    done = {}
    for name, (number, *arguments) in CALLS.items():
        ctypes.set_errno(0)
        result = libc.syscall(number, *arguments)
        if result == 0 and name.startswith('clone'):
            os._exit(0)
        done[name] = 'done' if result >= 0 else errno.errorcode.get(ctypes.get_errno(), '?')
    for name, how in SOCKETS.items():
        try:
            socket.socket(*how)
            done[name] = 'done'
        except OSError as error:
            done[name] = errno.errorcode.get(error.errno, '?')
    return done


def writes():
    done = {}
    for path in WRITES:
        try:
            with open(path, 'r+b', buffering=0) as file:
                file.write(b'1')
            done[path] = 'done'
        except OSError as error:
            done[path] = errno.errorcode.get(error.errno, '?')
    return done


def reach(targets):
    """Connects to each host:port at once, and tells which answered."""
    open_ones = []

    def knock(target):
        host, port = target.rsplit(':', 1)
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
            open_ones.append(target)
        except OSError:
            pass

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(knock, targets))
    return sorted(open_ones)


def flood(target, number):
    """Begins many connections at once, and counts those that are open before a lost packet is sent again."""
    host, port = target.rsplit(':', 1)
    begun = []
    for _ in range(int(number)):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex((host, int(port)))
        begun.append(one)
    time.sleep(0.8)
    opened = 0
    for one in begun:
        opened += bool(select.select([], [one], [], 0)[1]) and one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    return {'opened': str(opened)}


def memory():
    held = []
    while True:
        held.append(bytearray(16 * 2**20))


print(json.dumps({'calls': calls, 'writes': writes, 'memory': memory, 'reach': lambda: reach(sys.argv[2:]), 'flood': lambda: flood(*sys.argv[2:])}[sys.argv[1]]()))
