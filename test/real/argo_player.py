# SPDX-License-Identifier: Apache-2.0
"""Ends the pods of a namespace as a node would, without running them: a task result with outputs, then the pod's status. A real controller
walks through thousands of Workflows that way in minutes. Their pods ask for a node pool that no node has."""
import json
import threading
import time
import urllib.parse

PREFIX = "workflows.argoproj.io"


class Player:
    """Plays until `stop()`; `lot` decides which containers fail."""

    def __init__(self, kube, namespace, lot, workers=3):
        self.kube, self.namespace, self.lot = kube, namespace, lot
        self.played, self.stopped, self.errors = {}, threading.Event(), []
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def stop(self):
        self.stopped.set()
        self.thread.join(60)

    def loop(self):
        while not self.stopped.is_set():
            try:
                query = urllib.parse.quote("status.phase=Pending")
                found = self.kube.call("GET", f"{self.kube.where('v1', 'pods', self.namespace)}?fieldSelector={query}&limit=500")["items"]
                for pod in found:
                    if "deletionTimestamp" not in pod["metadata"]:
                        self.play(pod)
            except Exception as error:  # the API server may be busy; what was missed comes again
                self.errors.append(repr(error))
            self.stopped.wait(0.3)

    def play(self, pod):
        """As the executor does it: the result is announced, then filled, then the pod ends; one of them each time around."""
        uid, notes = pod["metadata"]["uid"], pod["metadata"].get("annotations", {})
        act = self.played.get(uid, 0)
        self.played[uid] = act + 1
        results, name = self.kube.where("argoproj.io/v1alpha1", "workflowtaskresults", self.namespace), notes[f"{PREFIX}/node-id"]
        if act == 0:
            labels = {key: pod["metadata"]["labels"][key] for key in (f"{PREFIX}/workflow", f"{PREFIX}/controller-instanceid")}
            self.kube.raw("POST", results, {"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTaskResult", "metadata": {
                "name": name, "ownerReferences": pod["metadata"].get("ownerReferences", []),
                "labels": {**labels, f"{PREFIX}/report-outputs-completed": "false"}}})
        elif act == 2:
            self.kube.raw("PATCH", f"{results}/{name}", {"outputs": self.outputs(pod), "metadata": {
                "labels": {f"{PREFIX}/report-outputs-completed": "true"}}}, "application/merge-patch+json")
        elif act == 4:
            code = 1 if self.lot.random() < 0.1 else 0
            self.kube.raw("PATCH", self.kube.where("v1", "pods", self.namespace, pod["metadata"]["name"]) + "/status",
                          {"status": self.status(pod, code)}, "application/merge-patch+json")

    def outputs(self, pod):
        declared = self.template(pod).get("outputs", {})
        outputs = {"exitCode": "0", "result": self.lot.choice(("heads", "[1, 2]", "", "a b"))}
        parameters = [{"name": p["name"], "value": "played"} for p in declared.get("parameters", []) if "valueFrom" in p]
        artifacts = [{"name": a["name"], "path": a.get("path", "/x"), "raw": {"data": "x"}} for a in declared.get("artifacts", [])]
        return outputs | ({"parameters": parameters} if parameters else {}) | ({"artifacts": artifacts} if artifacts else {})

    @staticmethod
    def template(pod):
        for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]:
            for variable in container.get("env", []):
                if variable["name"] == "ARGO_TEMPLATE":
                    return json.loads(variable["value"])
        return {}

    @staticmethod
    def status(pod, code):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

        def ended(container, exit_code):
            return {"name": container["name"], "image": container["image"], "imageID": "", "ready": False, "restartCount": 0, "state": {"terminated": {
                "exitCode": exit_code, "reason": "Error" if exit_code else "Completed", "startedAt": now, "finishedAt": now}}}

        main = [c["name"] for c in pod["spec"]["containers"] if c["name"] != "wait"]
        return {"phase": "Failed" if code else "Succeeded", "startTime": now,
                "containerStatuses": [ended(c, code if c["name"] in main[:1] else 0) for c in pod["spec"]["containers"]],
                "initContainerStatuses": [ended(c, 0) for c in pod["spec"].get("initContainers", [])]}
