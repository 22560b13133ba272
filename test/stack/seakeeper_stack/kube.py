# SPDX-License-Identifier: Apache-2.0
"""A small client of the Kubernetes API for set-up and tests: JSON in, JSON out, TLS verified, one kept connection per thread."""
import base64
import http.client
import json
import os
import ssl
import tempfile
import threading
import urllib.parse


class KubeError(Exception):
    def __init__(self, what, status, text):
        super().__init__(f"{what}: {status} {text[:500]}")
        self.status = status


class Kube:
    def __init__(self, host, port, tls, token=None):
        self.host, self.port, self.tls, self.token = host, port, tls, token
        self._kept = threading.local()

    @classmethod
    def of_kubeconfig(cls, file):
        """Of a kubeconfig in JSON (which is YAML) as this stack writes them."""
        with open(file) as f:
            config = json.load(f)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        if "client-certificate-data" in user:
            with tempfile.TemporaryDirectory() as folder:
                pem = os.path.join(folder, "pem")
                with open(os.open(pem, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
                    f.write(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
                tls.load_cert_chain(pem)
        address = urllib.parse.urlsplit(cluster["server"])
        return cls(address.hostname, address.port or 443, tls, user.get("token"))

    def raw(self, method, path, body=None, ctype="application/json"):
        """Status and text of one call."""
        headers = {"Accept": "application/json", "Content-Type": ctype}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        for attempt in (0, 1):
            c = getattr(self._kept, "connection", None)
            if c is None:
                c = self._kept.connection = http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=120)
            try:
                c.request(method, path, body=data, headers=headers)
                r = c.getresponse()
                return r.status, r.read().decode("utf-8", "replace")
            except (http.client.HTTPException, OSError):
                c.close()
                self._kept.connection = None
                if attempt:
                    raise

    def text(self, path):
        status, text = self.raw("GET", path)
        if status != 200:
            raise KubeError(f"GET {path}", status, text)
        return text

    def call(self, method, path, body=None, ctype="application/json", ok=(200, 201, 202)):
        status, text = self.raw(method, path, body, ctype)
        if status not in ok:
            raise KubeError(f"{method} {path}", status, text)
        return json.loads(text)

    @staticmethod
    def where(api, resource, namespace=None, name=None):
        """The path of a resource: api is v1 or GROUP/VERSION."""
        base = ("/api/" if "/" not in api else "/apis/") + api
        return base + (f"/namespaces/{namespace}" if namespace else "") + f"/{resource}" + (f"/{name}" if name else "")

    def get(self, api, resource, namespace, name):
        return self.call("GET", self.where(api, resource, namespace, name))

    def items(self, api, resource, namespace=None, selector=None):
        query = "?labelSelector=" + urllib.parse.quote(selector) if selector else ""
        return self.call("GET", self.where(api, resource, namespace) + query)["items"]

    def create(self, api, resource, namespace, body):
        return self.call("POST", self.where(api, resource, namespace), body)

    def delete(self, api, resource, namespace, name):
        return self.call("DELETE", self.where(api, resource, namespace, name), ok=(200, 202, 404))

    def apply(self, resource, body):
        """Server-side apply of one whole object, forced; `resource` is its plural."""
        meta = body["metadata"]
        path = self.where(body["apiVersion"], resource, meta.get("namespace"), meta["name"])
        return self.call("PATCH", path + "?fieldManager=seakeeper-stack&force=true", body, "application/apply-patch+yaml")


def kubeconfig(server, authority, user):
    """A kubeconfig in JSON; `authority` PEM text, `user` the user's members."""
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "stack",
        "clusters": [{"name": "stack", "cluster": {"server": server, "certificate-authority-data": base64.b64encode(authority.encode()).decode()}}],
        "users": [{"name": "stack", "user": user}], "contexts": [{"name": "stack", "context": {"cluster": "stack", "user": "stack"}}]}, indent=1) + "\n"
