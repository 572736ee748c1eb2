# Loses some of the packets that a queue of the kernel's packet filter is given, and lets each of the others go on after a time of
# its own, so that one overtakes another. Arguments: number of the queue, share to lose, least and most milliseconds. Says 'ready',
# ends when stdin does, and tells what it has done: {"lost": packets, "late": packets, "overtaken": packets}.
import errno
import heapq
import json
import random
import select
import socket
import struct
import sys
import time

NETLINK_NETFILTER = 12
SUBSYSTEM_QUEUE = 3 << 8
PACKET, VERDICT, CONFIGURE = 0, 1, 2
REQUEST, ACKNOWLEDGE = 1, 4
DROP, ACCEPT = 0, 1
RECEIVE_BUFFER = 33  # SO_RCVBUFFORCE
HEADERS = 16 + 4  # of netlink and of the packet filter
MOST_HELD = 20_000


def message(kind, queue, attribute, data, flags=REQUEST):
    body = struct.pack('=BBH', socket.AF_UNSPEC, 0, socket.htons(queue)) + struct.pack('=HH', 4 + len(data), attribute)
    body += data + b'\0' * (-len(data) % 4)
    return struct.pack('=IHHII', 16 + len(body), SUBSYSTEM_QUEUE | kind, flags, 0, 0) + body


class Queue:
    def __init__(self, number):
        self.number = number
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self.socket.setsockopt(socket.SOL_SOCKET, RECEIVE_BUFFER, 1 << 23)
        self.configure(1, struct.pack('!BBH', 1, 0, 0))  # bind
        self.configure(2, struct.pack('!IB', 0, 1))  # of a packet its number alone
        self.configure(3, struct.pack('!I', MOST_HELD))

    def configure(self, attribute, data):
        self.socket.send(message(CONFIGURE, self.number, attribute, data, REQUEST | ACKNOWLEDGE))
        while True:
            answer = self.socket.recv(65536)
            if struct.unpack_from('=H', answer, 4)[0] == 2:  # an error, or none
                failure = struct.unpack_from('=i', answer, 16)[0]
                if failure:
                    raise OSError(-failure, 'the queue of the packet filter')
                return

    def packets(self):
        try:
            data = self.socket.recv(65536)
        except OSError as error:
            if error.errno == errno.ENOBUFS:  # what was not told of is lost, as on a wire
                return
            raise
        at = HEADERS
        while at + 4 <= len(data):
            length, kind = struct.unpack_from('=HH', data, at)
            if kind == 1:
                yield struct.unpack_from('!I', data, at + 4)[0]
            at += max(4, (length + 3) & ~3)

    def judge(self, packet, verdict):
        self.socket.send(message(VERDICT, self.number, 2, struct.pack('!II', verdict, packet)))


def main(number, share, least, most):
    queue = Queue(number)
    print('ready', flush=True)
    held = []
    told = {'lost': 0, 'late': 0, 'overtaken': 0}
    newest = 0
    while True:
        now = time.monotonic()
        while held and held[0][0] <= now:
            packet = heapq.heappop(held)[1]
            told['overtaken'] += packet < newest
            newest = max(newest, packet)
            queue.judge(packet, ACCEPT)
        ready = select.select([queue.socket, sys.stdin], [], [], held[0][0] - now if held else None)[0]
        if sys.stdin in ready:
            break
        for packet in queue.packets() if ready else ():
            if random.random() < share:
                told['lost'] += 1
                queue.judge(packet, DROP)
            else:
                told['late'] += 1
                heapq.heappush(held, (time.monotonic() + random.uniform(least, most) / 1000, packet))
    for _, packet in sorted(held):
        queue.judge(packet, ACCEPT)
    print(json.dumps(told), flush=True)


main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
