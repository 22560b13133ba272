# SPDX-License-Identifier: Apache-2.0
"""The part `cluster`: etcd, API server, controller manager, scheduler, containerd and a kubelet that runs pods."""
import contextlib
import glob
import json
import os
import shutil
import signal
import subprocess
import threading

from . import cache, pki
from .common import BRIDGE, ID, POD_SIDE, RUN, is_up, mark_up, merge_json, need_commands, path, processes, run, say, spawn, started, timed, wait_for, write
from .kube import Kube

SERVERS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "containerd", "kubelet"]
IMAGES = {n: f"localhost/seakeeper-{n}:1" for n in ("pause", "busybox", "tools")}
POOLS = ("untrusted", "trusted")
ended = threading.Event()  # set when start() is over, well or badly


def build():
    need_commands("etcd", "containerd", "ctr", "runc", "openssl", "/usr/lib/cni/bridge")

    def images(folder):
        need_commands("mmdebstrap", "gcc", "/bin/busybox")
        cache.script("images/build", folder)

    return {"bin": cache.kubernetes(), "images": cache.made("images", cache.key_of(["images/build", "images/pause.c"]), images)}


def admin():
    return Kube.of_kubeconfig(path("admin.kubeconfig"))


def description():
    with open(path("stack.json")) as f:
        return json.load(f)["kubernetes"]


# -- configuration ------------------------------------------------------------
def snapshotter():
    kind = subprocess.run(["stat", "-f", "-c", "%T", RUN], capture_output=True, text=True).stdout.strip()
    return "native" if kind in ("overlayfs", "tmpfs") else "overlayfs"  # an overlay's upper folder cannot lie on an overlay


def containerd_config():
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    return f'''version = 2
root = "{path("cluster/containerd/root")}"
state = "{path("cluster/containerd/state")}"
[grpc]
  address = "{path("containerd.sock")}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{path("cluster/containerd/opt")}"
[{cri}]
  sandbox_image = "{IMAGES["pause"]}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [{cri}.containerd]
    snapshotter = "{snapshotter()}"
    default_runtime_name = "runc"
    [{cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [{cri}.containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "{path("cluster/containerd/runc")}"
  [{cri}.cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{path("cluster/cni/conf")}"
'''


def cni_config():
    bridge = {"type": "bridge", "bridge": BRIDGE, "isGateway": True, "ipMasq": False, "hairpinMode": True,
              "ipam": {"type": "host-local", "dataDir": path("cluster/cni/addresses"), "routes": [{"dst": "0.0.0.0/0"}],
                       "ranges": [[{"subnet": "10.22.0.0/16", "rangeStart": "10.22.1.0", "gateway": POD_SIDE}]]}}
    return json.dumps({"cniVersion": "0.4.0", "name": "seakeeper", "plugins": [bridge]})


def kubelet_config():
    return json.dumps({
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "address": "0.0.0.0",
        "cgroupDriver": "cgroupfs", "cgroupRoot": f"/seakeeper-{ID}", "enforceNodeAllocatable": [], "failSwapOn": False,
        "containerRuntimeEndpoint": "unix://" + path("containerd.sock"), "podLogsDir": path("logs/pods"),
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": False}, "x509": {"clientCAFile": pki.file("ca.crt")}},
        "authorization": {"mode": "AlwaysAllow"}, "resolvConf": path("cluster/resolv.conf"), "serializeImagePulls": False,
        "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99, "volumePluginDir": path("cluster/volume-plugins"),
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%", "imagefs.available": "1%"}})


def make_cgroup():
    """A root of our own for pods' cgroups, so that two stacks do not meet; cgroup v1 and v2."""
    name = f"seakeeper-{ID}"
    tops = ["/sys/fs/cgroup"] if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else [os.path.realpath(t) for t in glob.glob("/sys/fs/cgroup/*/")]
    for top in set(tops):
        os.makedirs(f"{top}/{name}", exist_ok=True)
        for file in ("cpuset.cpus", "cpuset.mems"):
            if os.path.exists(f"{top}/{name}/{file}") and not os.path.exists(f"{top}/cgroup.controllers"):
                with open(f"{top}/{file}") as have, open(f"{top}/{name}/{file}", "w") as ours:
                    ours.write(have.read().strip())
        if os.path.exists(f"{top}/cgroup.controllers"):
            for controllers in (f"{top}/cgroup", f"{top}/{name}/cgroup"):
                with contextlib.suppress(OSError), open(controllers + ".controllers") as have:
                    for one in have.read().split():
                        with contextlib.suppress(OSError), open(controllers + ".subtree_control", "w") as f:
                            f.write("+" + one)


# -- servers ------------------------------------------------------------------
def api_server(programs):
    flags = {"etcd-servers": "http://127.0.0.1:2379", "secure-port": "443", "bind-address": "10.96.0.1", "advertise-address": "10.96.0.1",
             "tls-cert-file": pki.file("apiserver.crt"), "tls-private-key-file": pki.file("apiserver.key"), "client-ca-file": pki.file("ca.crt"),
             "service-account-issuer": "https://kubernetes.default.svc.cluster.local", "service-account-signing-key-file": pki.file("sa.key"),
             "service-account-key-file": pki.file("sa.pub"), "authorization-mode": "Node,RBAC", "allow-privileged": "true",
             "endpoint-reconciler-type": "none", "service-cluster-ip-range": "10.96.0.0/16", "kubelet-client-certificate": pki.file("admin.crt"),
             "kubelet-client-key": pki.file("admin.key"), "kubelet-preferred-address-types": "InternalIP",
             "enable-admission-plugins": "NodeRestriction", "feature-gates": "WatchList=false"}  # etcd 3.4 cannot serve WatchList
    return spawn("kube-apiserver", "cluster", [f"{programs}/kube-apiserver", *(f"--{k}={v}" for k, v in flags.items())])


def start_control_plane(programs):
    etcd = spawn("etcd", "cluster", ["etcd", "--data-dir", path("cluster/etcd"), "--unsafe-no-fsync", "--quota-backend-bytes=2000000000",
                                     "--logger=zap", "--log-level=warn"])
    api = api_server(programs)
    wait_for("etcd", lambda: etcd.alive(), 5, process=etcd)
    wait_for("the API server", lambda: admin().raw("GET", "/readyz")[0] == 200, 90, process=api)
    start_controller_manager(programs)
    config = "--kubeconfig=" + path("admin.kubeconfig")
    spawn("kube-scheduler", "cluster", [f"{programs}/kube-scheduler", config, "--leader-elect=false", "--bind-address=127.0.0.1"])


def start_controller_manager(programs):
    spawn("kube-controller-manager", "cluster", [
        f"{programs}/kube-controller-manager", "--kubeconfig=" + path("admin.kubeconfig"), "--leader-elect=false", "--root-ca-file=" + pki.file("ca.crt"),
        "--service-account-private-key-file=" + pki.file("sa.key"), "--bind-address=127.0.0.1"])


def discover_kinds():
    """The controller manager looks for new kinds every 30 s, and until it knows one that a quota counts, the API server refuses to create
    any (`status unknown for quota`): a new one looks at once."""
    for p in processes("cluster"):
        if p.name == "kube-controller-manager":
            p.end(limit=2)
    start_controller_manager(os.path.dirname(description()["kubectl"]))


def import_image(file):
    run(["ctr", "-a", path("containerd.sock"), "-n", "k8s.io", "images", "import", "--snapshotter", snapshotter(), file], f"importing {os.path.basename(file)}")


def start_containerd(images):
    runtime = spawn("containerd", "cluster", ["containerd", "--config", path("cluster/containerd.toml")])
    wait_for("containerd", lambda: not subprocess.run(["ctr", "-a", path("containerd.sock"), "version"], capture_output=True).returncode, 30, process=runtime)
    for file in sorted(glob.glob(f"{images}/*.tar")):
        import_image(file)


def start_kubelet(programs):
    labels = ",".join(f"seakeeper.dev/pool-{t}=true" for t in POOLS)
    kubelet = spawn("kubelet", "cluster", [f"{programs}/kubelet", "--config=" + path("cluster/kubelet.json"), "--kubeconfig=" + path("cluster/kubelet.kubeconfig"),
                                           "--node-ip=" + POD_SIDE, "--hostname-override=node1", "--root-dir=" + path("cluster/kubelet"),
                                           "--cert-dir=" + path("cluster/kubelet/pki"), "--node-labels=" + labels])

    def ready():
        node = admin().get("v1", "nodes", None, "node1")
        return {"type": "Ready", "status": "True"} in [{k: c[k] for k in ("type", "status")} for c in node["status"]["conditions"]]

    wait_for("the node", ready, 60, pause=0.2, process=kubelet)


def prepare():
    empty()
    shutil.rmtree(path("cluster"), ignore_errors=True)
    pki.make()
    pki.by_certificate(path("admin.kubeconfig"), "admin")
    pki.by_certificate(path("cluster/kubelet.kubeconfig"), "kubelet")
    write(path("cluster/containerd.toml"), containerd_config())
    write(path("cluster/cni/conf/10-seakeeper.conflist"), cni_config())
    write(path("cluster/kubelet.json"), kubelet_config())
    write(path("cluster/resolv.conf"), "")
    make_cgroup()


def start(made):
    try:
        if is_up("cluster", SERVERS):
            return
        with timed("cluster", "Kubernetes 1.34.10"):
            prepare()
            failed = []

            def runtime():
                try:
                    start_containerd(made["images"])
                except Exception as e:
                    failed.append(e)

            beside = threading.Thread(target=runtime)
            beside.start()
            start_control_plane(made["bin"])
            wait_for("containerd's socket", lambda: os.path.exists(path("containerd.sock")) or failed, 30)
            start_kubelet(made["bin"])
            beside.join()
            for e in failed:
                raise e
            merge_json({"kubernetes": {"version": "1.34.10", "server": pki.SERVER, "ca_file": pki.file("ca.crt"), "admin_kubeconfig": path("admin.kubeconfig"),
                                       "kubectl": f"{made['bin']}/kubectl", "containerd_socket": path("containerd.sock"), "node": "node1",
                                       "images": IMAGES, "pools": {t: {f"seakeeper.dev/pool-{t}": "true"} for t in POOLS}}})
            mark_up("cluster")
    finally:
        ended.set()


# -- away with it -------------------------------------------------------------
def shims():
    """containerd's shims of this stack: their command line names its socket."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{entry}/cmdline", "rb") as f:
            words = f.read().split(b"\0")
            if os.path.basename(words[0]).startswith(b"containerd-shim") and path("containerd.sock").encode() in words:
                found.append(int(entry))
    return found


def children(pid):
    found = []
    for file in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError), open(file) as f:
            for child in map(int, f.read().split()):
                found += [child, *children(child)]
    return found


def empty():
    """Ends kubelet, containerd and every pod, and removes the pods' network namespaces."""
    for p in processes("cluster"):
        if p.name in ("kubelet", "containerd"):
            p.end(limit=2)
    ours = [(s, started(s)) for s in shims()]
    inside = [(c, started(c)) for s, _ in ours for c in children(s)]
    networks = set()
    for pid, _ in inside:
        with contextlib.suppress(OSError):
            networks.add(os.stat(f"/proc/{pid}/ns/net").st_ino)
    for pid, since in inside + ours:
        if since is not None and started(pid) == since:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    for mount in glob.glob("/run/netns/cni-*"):
        with contextlib.suppress(OSError):
            if os.stat(mount).st_ino in networks:
                run(["ip", "netns", "delete", os.path.basename(mount)], "deleting a pod's network namespace")
    if ours:
        say("cluster", f"ended {len(ours)} containers")
