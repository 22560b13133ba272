# SPDX-License-Identifier: Apache-2.0
"""An API server with Workflows and their pods, and a controller that runs them. Keeps a journal of every write."""
import asyncio
import copy
import hashlib
import json
import re
import sys
import time
import uuid

import web
from world import Journal

COMPLETED = "workflows.argoproj.io/completed"
TTL = 4.0


def stamp():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def environment(workflow):
    return {e["name"]: e.get("value") for t in workflow["spec"]["templates"] for e in t.get("script", {}).get("env", [])}


def will_fail(workflow):
    """One run in seven, told by what it tests: the checker knows it as well."""
    return int(hashlib.sha256(environment(workflow).get("SEAKEEPER_REVISION", "").encode()).hexdigest(), 16) % 7 == 0


class FakeKubernetes:
    def __init__(self, journal, faults, seconds=0.3):
        self.journal, self.faults, self.seconds = journal, faults, seconds
        self.version, self.workflows, self.pods = 1000, {}, {}
        self.history, self.wake = [], asyncio.Event()
        self.compacted = 0
        self.is_controller_up = True

    async def start(self):
        self.port, self.server = await web.serve(self.handle, self.faults)

    # -- storage ----------------------------------------------------------------------
    def store(self, kind, workflow):
        self.version += 1
        workflow["metadata"]["resourceVersion"] = str(self.version)
        self.history.append((self.version, kind, copy.deepcopy(workflow)))
        if len(self.history) > 2000:
            self.compacted = self.history[500][0]
            del self.history[:500]
        self.wake.set()
        self.wake = asyncio.Event()

    def drop(self, key):
        workflow = self.workflows.pop(key)
        self.pods.pop(key, None)
        self.journal.write(deleted=key[1], namespace=key[0], uid=workflow["metadata"]["uid"])
        self.store("DELETED", workflow)

    def release(self, key):
        workflow = self.workflows[key]
        if "deletionTimestamp" in workflow["metadata"] and not workflow["metadata"].get("finalizers"):
            self.drop(key)

    # -- controller -------------------------------------------------------------------
    async def run(self, key, uid):
        def mine():
            found = self.workflows.get(key)
            return found if found and found["metadata"]["uid"] == uid else None

        while not self.is_controller_up:
            await asyncio.sleep(0.05)
        await asyncio.sleep(self.seconds * 0.3)
        if not (workflow := mine()):
            return
        node = {"id": key[1], "name": key[1], "displayName": key[1], "type": "Pod", "phase": "Running", "templateName": "main"}
        workflow["status"] = {"phase": "Running", "startedAt": stamp(), "nodes": {key[1]: node}}
        self.pods[key] = {"metadata": {"name": key[1], "labels": {"workflows.argoproj.io/workflow": key[1]}}, "status": {"phase": "Running"}}
        self.store("MODIFIED", workflow)
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and (workflow := mine()) and "shutdown" not in workflow["spec"]:
            await asyncio.sleep(0.05)
        if not (workflow := mine()):
            return
        is_stopped = "shutdown" in workflow["spec"]
        is_failed = is_stopped or will_fail(workflow)
        phase = "Failed" if is_failed else "Succeeded"
        workflow["status"]["nodes"][key[1]].update(phase=phase, outputs={"exitCode": "1" if is_failed else "0"})
        workflow["status"].update(phase=phase, finishedAt=stamp(), message="Stopped with strategy 'Terminate'" if is_stopped else "")
        workflow["metadata"].setdefault("labels", {})[COMPLETED] = "true"
        self.pods[key]["status"]["phase"] = phase
        self.journal.write(ended=key[1], phase=phase, stopped=is_stopped)
        self.store("MODIFIED", workflow)
        await asyncio.sleep(TTL)  # ttlStrategy
        if (workflow := mine()):
            workflow["metadata"].setdefault("deletionTimestamp", stamp())
            self.release(key)

    # -- API --------------------------------------------------------------------------
    @staticmethod
    def status(code, reason, message=""):
        return web.Answer(code, json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}))

    async def handle(self, request):
        if request.path == "/version":
            return web.Answer(200, json.dumps({"gitVersion": "v1.34.0"}))
        found = re.match(r"/apis/argoproj.io/v1alpha1/namespaces/([^/]+)/workflows(?:/([^/]+))?$", request.path)
        if found and not found[2] and request.method == "POST":
            return self.create(found[1], request.json())
        if found and not found[2]:
            return self.watch(found[1], request) if request.one("watch") else self.list(found[1])
        if found:
            return self.one((found[1], found[2]), request)
        found = re.match(r"/api/v1/namespaces/([^/]+)/pods(?:/([^/]+))?(/log)?$", request.path)
        if not found:
            return self.status(404, "NotFound")
        return self.pod(found[1], found[2], bool(found[3]), request)

    def create(self, namespace, workflow):
        name = workflow["metadata"]["name"]
        key = (namespace, name)
        if key in self.workflows:
            return self.status(409, "AlreadyExists", f'workflows "{name}" already exists')
        workflow["metadata"].update(uid=str(uuid.uuid4()), creationTimestamp=stamp())
        self.workflows[key] = workflow
        self.journal.write(created=name, namespace=namespace, uid=workflow["metadata"]["uid"], environment=environment(workflow),
                           fails=will_fail(workflow), trust=workflow["metadata"]["labels"].get("seakeeper.dev/trust"))
        self.store("ADDED", workflow)
        asyncio.ensure_future(self.run(key, workflow["metadata"]["uid"]))
        return web.Answer(201, json.dumps(workflow))

    def list(self, namespace):
        items = [w for (ns, _), w in self.workflows.items() if ns == namespace]
        return web.Answer(200, json.dumps({"kind": "WorkflowList", "metadata": {"resourceVersion": str(self.version)}, "items": items}))

    def watch(self, namespace, request):
        return web.Answer(200, stream=self.events(namespace, int(request.one("resourceVersion", "0"))))

    async def events(self, namespace, version):
        while True:
            if version < self.compacted:  # at the start, or because the reader was too slow
                yield json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}).encode() + b"\n"
                return
            wake = self.wake
            for at, kind, workflow in list(self.history):
                if at > version and workflow["metadata"].get("namespace", namespace) == namespace:
                    version = at
                    yield json.dumps({"type": kind, "object": workflow}).encode() + b"\n"
            await wake.wait()

    def one(self, key, request):
        workflow = self.workflows.get(key)
        if workflow is None:
            return self.status(404, "NotFound", f'workflows "{key[1]}" not found')
        if request.method == "GET":
            return web.Answer(200, json.dumps(workflow))
        if request.method == "DELETE":
            body = json.loads(request.body or b"{}")
            if body.get("preconditions", {}).get("uid", workflow["metadata"]["uid"]) != workflow["metadata"]["uid"]:
                return self.status(409, "Conflict")
            workflow["metadata"].setdefault("deletionTimestamp", stamp())
            self.store("MODIFIED", workflow)
            self.release(key)
            return web.Answer(200, json.dumps(workflow))
        return self.patch(key, workflow, request)

    def patch(self, key, workflow, request):
        patch = request.json()
        if isinstance(patch, dict):
            workflow["spec"].update(patch.get("spec", {}))
            self.journal.write(patched=key[1], patch=patch)
        else:
            for step in patch:
                where = workflow
                *path, last = step["path"].strip("/").split("/")
                for part in path:
                    where = where[int(part)] if isinstance(where, list) else where.get(part, {})
                index = int(last) if isinstance(where, list) else last
                try:
                    value = where[index]
                except (KeyError, IndexError):
                    return self.status(422, "Invalid", "no such path")
                if step["op"] == "test" and value != step["value"]:
                    return self.status(422, "Invalid", "test failed")
                if step["op"] == "remove":
                    del where[index]
            self.journal.write(released=key[1])
        self.store("MODIFIED", workflow)
        answer = web.Answer(200, json.dumps(workflow))
        self.release(key)
        return answer

    def pod(self, namespace, name, is_log, request):
        if not name:
            wanted = request.one("labelSelector", "").partition("=")[2]
            items = [p for (ns, workflow), p in self.pods.items() if ns == namespace and wanted in ("", workflow)]
            return web.Answer(200, json.dumps({"kind": "PodList", "metadata": {"resourceVersion": str(self.version)}, "items": items}))
        if (namespace, name) not in self.pods:
            return self.status(404, "NotFound")
        if is_log:
            return web.Answer(200, f"{stamp()} a line\n", "text/plain")
        return web.Answer(200, json.dumps(self.pods[(namespace, name)]))


async def main(journal, seconds):
    cluster = FakeKubernetes(Journal(journal), web.Faults(0), float(seconds))
    await cluster.start()
    print(cluster.port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
