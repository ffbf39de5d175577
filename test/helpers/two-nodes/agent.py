# Nodes and pods as network namespaces, joined as a cluster's are; loads each node's rules, then tries every connection that it is
# told of and writes what became of it. Reads its plan as JSON from standard input. Everything is gone when it ends.
#
#   pod --- cali... [node] eth0 --- switch --- eth0 [node] cali... --- pod

import errno, json, os, select, socket, subprocess, sys, time

PORTS = [80, 443, 8080]


def run(*words, ns=None, text=None):
    command = list(words) if ns is None else ["ip", "netns", "exec", ns, *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")


def setting(ns, path, value):
    run("sh", "-c", f"echo {value} > /proc/sys/net/{path}", ns=ns)


def make_node(node):
    ns = node["name"]
    run("ip", "netns", "add", ns)
    run("ip", "link", "set", "lo", "up", ns=ns)
    run("ip", "link", "add", f"sw-{ns}", "type", "veth", "peer", "name", "eth0", "netns", ns)
    run("ip", "link", "set", f"sw-{ns}", "master", "switch", "up")
    run("ip", "addr", "add", f"{node['address']}/24", "dev", "eth0", ns=ns)
    run("ip", "link", "set", "eth0", "up", ns=ns)
    setting(ns, "ipv4/ip_forward", 1)
    # The node answers for the pods' gateway only where it has a route to it.
    run("ip", "route", "add", "default", "via", node["gateway"], ns=ns)
    for pod in node["pods"]:
        make_pod(ns, pod)
    for net, gateway in node["routes"]:
        run("ip", "route", "add", net, "via", gateway, ns=ns)
    run("ipset", "restore", ns=ns, text=node["sets"])
    run("iptables-legacy-restore", "--noflush", ns=ns, text=node["rules"])


def make_pod(node, pod):
    ns, name = pod["name"], pod["interface"]
    run("ip", "netns", "add", ns)
    run("ip", "link", "set", "lo", "up", ns=ns)
    run("ip", "link", "add", name, "netns", node, "type", "veth", "peer", "name", "eth0", "netns", ns)
    run("ip", "link", "set", name, "up", ns=node)
    setting(node, f"ipv4/conf/{name}/proxy_arp", 1)
    setting(node, f"ipv4/neigh/{name}/proxy_delay", 0)
    run("ip", "addr", "add", f"{pod['address']}/32", "dev", "eth0", ns=ns)
    run("ip", "link", "set", "eth0", "up", ns=ns)
    run("ip", "route", "add", "169.254.1.1", "dev", "eth0", ns=ns)
    run("ip", "route", "add", "default", "via", "169.254.1.1", ns=ns)
    run("ip", "route", "add", f"{pod['address']}/32", "dev", name, ns=node)


def serve():
    sockets = {}
    for port in PORTS:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", port))
        listener.listen(256)
        echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        echo.bind(("", port))
        sockets[listener.fileno()] = (listener, True)
        sockets[echo.fileno()] = (echo, False)
    print("ready", flush=True)
    while True:
        for number in select.select(list(sockets), [], [])[0]:
            found, is_tcp = sockets[number]
            try:
                if is_tcp:
                    found.accept()[0].close()
                else:
                    data, sender = found.recvfrom(100)
                    found.sendto(data, sender)
            except OSError:
                # A client has gone, or rules do not let the answer out.
                pass


def attempt(probes):
    """All at once: what has not come back after a second never will."""
    open_ones, outcomes = {}, {}
    for probe in probes:
        is_tcp = probe["proto"] == "tcp"
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM if is_tcp else socket.SOCK_DGRAM)
        client.setblocking(False)
        code = client.connect_ex((probe["to"], probe["port"]))
        try:
            if not is_tcp and code == 0:
                client.send(b"hello")
        except PermissionError:
            code = errno.EPERM
        # What the node's own rules drop on its way out is told at once.
        if code in (0, errno.EINPROGRESS):
            open_ones[client] = probe
        else:
            outcomes[probe["id"]] = "timeout"
    end = time.monotonic() + 1.5
    while open_ones and time.monotonic() < end:
        tcp = [c for c, p in open_ones.items() if p["proto"] == "tcp"]
        udp = [c for c, p in open_ones.items() if p["proto"] != "tcp"]
        readable, writable, _ = select.select(udp, tcp, [], 0.1)
        for client in writable:
            code = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            outcomes[open_ones.pop(client)["id"]] = "connected" if code == 0 else "refused"
        for client in readable:
            probe = open_ones.pop(client)
            try:
                client.recv(100)
                outcomes[probe["id"]] = "connected"
            except OSError:
                outcomes[probe["id"]] = "refused"
    for probe in open_ones.values():
        outcomes[probe["id"]] = "timeout"
    print(json.dumps(outcomes), flush=True)


def main():
    if len(sys.argv) > 1:
        return serve() if sys.argv[1] == "serve" else attempt(json.load(sys.stdin))
    plan = json.load(sys.stdin)
    run("mount", "--make-rprivate", "/")
    os.makedirs("/run/netns", exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    run("ip", "link", "add", "switch", "type", "bridge")
    run("ip", "link", "set", "switch", "up")
    for node in plan["nodes"]:
        make_node(node)
    places = [place for node in plan["nodes"] for place in [node["name"], *(pod["name"] for pod in node["pods"])]]
    servers = []
    outcomes = {}
    try:
        for place in places:
            words = ["ip", "netns", "exec", place, sys.executable, __file__, "serve"]
            server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            servers.append(server)
            server.stdout.readline()
        for place in places:
            own = [probe for probe in plan["probes"] if probe["from"] == place]
            for start in range(0, len(own), 200):
                words = ["ip", "netns", "exec", place, sys.executable, __file__, "attempt"]
                done = subprocess.run(words, input=json.dumps(own[start : start + 200]), capture_output=True, text=True)
                if done.returncode != 0:
                    raise SystemExit(done.stderr)
                outcomes.update(json.loads(done.stdout))
    finally:
        for server in servers:
            server.kill()
    print(json.dumps(outcomes))


main()
