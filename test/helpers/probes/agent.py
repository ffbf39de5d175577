# Sends crafted packets into a network namespace and tells where they came out. Started by kernel-node.ts, since Node has no
# raw sockets. Arguments: the namespaces of the node and of its peers. Reads one JSON command a line, answers with one line.
#
#   {"op": "open", "ends": {"p0": "eth0"}, "protocols": [6, 17]}   ends of the veth pairs: at the peer, at the node
#   {"op": "send", "packets": [["p0", "45000..."], ["host", "45000..."]]}   -> {"seen": [["p1", "45000..."], ["host4", ...]]}
#   {"op": "flush"}   forgets all connections

import ctypes, json, os, select, socket, struct, sys, time

MARKER = 0x88B5  # an EtherType for local experiments: passes no netfilter hook of IP
IGNORE_OUTGOING, FORCE_RECEIVE_BUFFER = 23, 33
HEADER = bytes.fromhex("020000000001" "020000000002")
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    with open(f"/run/netns/{namespace}") as file:
        if libc.setns(file.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")


def raw(family, kind, protocol):
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, FORCE_RECEIVE_BUFFER, 1 << 24)
    return made


class Agent:
    def __init__(self, node, peers):
        # Packets that one CPU takes in stay in order.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        enter(peers)
        self.peer = raw(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.peer.setsockopt(263, IGNORE_OUTGOING, 1)
        enter(node)
        self.marker = raw(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(MARKER))
        self.out4 = raw(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.out6 = raw(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.conntrack = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self.ends, self.delivered, self.seen = {}, {}, []

    def open(self, ends, protocols):
        self.ends = ends
        for family, name in ((socket.AF_INET, "host4"), (socket.AF_INET6, "host6")):
            for protocol in protocols:
                self.delivered[raw(family, socket.SOCK_RAW, protocol)] = name

    def send(self, packets):
        self.seen = []
        for count, (where, text) in enumerate(packets):
            if count % 50 == 49:
                self.wait()
            data = bytes.fromhex(text)
            is4 = data[0] >> 4 == 4
            if where != "host":
                frame = HEADER + struct.pack("!H", 0x0800 if is4 else 0x86DD) + data
                self.peer.sendto(frame, (where, 0))
                continue
            try:
                if is4:
                    self.out4.sendto(data, (socket.inet_ntop(socket.AF_INET, data[16:20]), 0))
                else:
                    self.out6.sendto(data, (socket.inet_ntop(socket.AF_INET6, data[24:40]), 0, 0, 0))
            except PermissionError:
                pass  # what a packet gets that is dropped on its way out
        self.wait()
        return {"seen": self.seen}

    def wait(self):
        """A marker goes there and back behind everything that is on its way; thrice, since packets can cross three queues."""
        end, inner = next(iter(self.ends.items()))
        frame = HEADER + struct.pack("!H", MARKER) + bytes(46)
        for _ in range(3):
            self.peer.sendto(frame, (end, 0))
            self.collect(self.marker)
            self.marker.sendto(frame, (inner, 0))
            self.collect(self.peer)
        while self.collect(None):
            pass

    def collect(self, awaited):
        """Notes what has arrived; with a socket to wait for until a marker has come there."""
        deadline = time.monotonic() + 10
        while True:
            sockets = [self.peer, self.marker, *self.delivered]
            ready, _, _ = select.select(sockets, [], [], 0 if awaited is None else 1)
            arrived = None
            for one in ready:
                data, address = one.recvfrom(65536)
                if one in self.delivered:
                    self.seen.append([self.delivered[one], data.hex()])
                elif struct.unpack("!H", data[12:14])[0] == MARKER:
                    arrived = arrived or one
                elif one is self.peer:
                    self.seen.append([address[0], data[14:].hex()])
            if awaited is None:
                return len(ready) > 0
            if arrived is awaited:
                return True
            if time.monotonic() > deadline:
                raise TimeoutError("a marker was lost")

    def flush(self):
        # IPCTNL_MSG_CT_DELETE without a tuple, acknowledged.
        self.conntrack.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 1 | 4, 0, 0, 0, 0, 0))
        error = struct.unpack("=i", self.conntrack.recv(4096)[16:20])[0]
        if error != 0:
            raise OSError(-error, "flushing conntrack")


agent = Agent(*sys.argv[1:3])
for line in sys.stdin:
    command = json.loads(line)
    answer = getattr(agent, command.pop("op"))(**command)
    print(json.dumps(answer or {}), flush=True)
