# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates of the cluster, new for every stack."""
import base64
import os

from .common import path, run, write
from .kube import kubeconfig

SERVER = "https://10.96.0.1:443"
EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def file(name):
    return path("cluster", "pki", name)


def leaf(name, subject, usage, names=""):
    write(file(name + ".ext"), f"basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage={usage}\n" + (f"subjectAltName={names}\n" if names else ""))
    run(["openssl", "req", "-new", *EC, "-keyout", file(name + ".key"), "-out", file(name + ".csr"), "-subj", subject], f"making the key of {name}")
    run(["openssl", "x509", "-req", "-in", file(name + ".csr"), "-CA", file("ca.crt"), "-CAkey", file("ca.key"), "-CAcreateserial", "-days", "365",
         "-extfile", file(name + ".ext"), "-out", file(name + ".crt")], f"signing the certificate of {name}")


def make():
    os.makedirs(path("cluster", "pki"), mode=0o700, exist_ok=True)
    run(["openssl", "req", "-x509", *EC, "-keyout", file("ca.key"), "-out", file("ca.crt"), "-days", "365", "-subj", "/CN=seakeeper-stack-ca",
         "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"], "making the cluster's authority")
    leaf("apiserver", "/CN=kube-apiserver", "serverAuth", "IP:10.96.0.1,IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc,DNS:kubernetes.default")
    leaf("admin", "/O=system:masters/CN=admin", "clientAuth")
    leaf("kubelet", "/O=system:nodes/CN=system:node:node1", "clientAuth")
    run(["openssl", "genrsa", "-out", file("sa.key"), "2048"], "making the key of service account tokens")
    run(["openssl", "rsa", "-in", file("sa.key"), "-pubout", "-out", file("sa.pub")], "writing its public half")


def text(name):
    with open(file(name)) as f:
        return f.read()


def by_certificate(target, name):
    """Writes a kubeconfig of one of the client certificates."""
    user = {f"client-{kind}-data": base64.b64encode(text(f"{name}.{end}").encode()).decode() for kind, end in (("certificate", "crt"), ("key", "key"))}
    return write(target, kubeconfig(SERVER, text("ca.crt"), user), 0o600)


def by_token(target, token):
    return write(target, kubeconfig(SERVER, text("ca.crt"), {"token": token}), 0o600)
