// SPDX-License-Identifier: Apache-2.0
// The client against a real API server, kubelet and Argo (test/stack), with the rights that the
// daemon has in a workload namespace, as test/stack/enter sets them: in a namespace where objects
// may have any shape, and for runs behind the wall.
#include "run.hpp"

#include <seakeeper/kubernetes/client.hpp>
#include <seakeeper/kubernetes/workflow_status.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <random>
#include <set>

using namespace seakeeper;
using namespace seakeeper::kubernetes;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view finalizer = "seakeeper.example/result";

Deadline soon() {
    return Deadline::in(30s);
}

Configuration configuration(
    const char* variable = "SEAKEEPER_CLIENT_KUBECONFIG", const char* name_space = "client-tests"
) {
    const char* file = std::getenv(variable);
    if (file == nullptr) {
        throw std::runtime_error(
            std::string{variable}
            + " is not set: run this by test/run real, or behind test/stack/enter"
        );
    }
    Configuration read = read_kubeconfig(file).value();
    read.name_space = name_space;
    return read;
}

/// A name that no other run of this test uses.
std::string unique(const std::string& stem) {
    static const unsigned run = std::random_device{}();
    static int count = 0;
    return stem + "-" + std::to_string(run) + "-" + std::to_string(++count);
}

/// A Workflow; of instance id "nobody" the controller keeps its hands off.
json::object
a_workflow(const std::string& name, std::string_view instance, std::string_view script) {
    json::object object = json::parse(R"({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {},
        "spec": {
            "entrypoint": "main", "serviceAccountName": "runner",
            "automountServiceAccountToken": false, "executor": {"serviceAccountName": "executor"},
            "activeDeadlineSeconds": 240, "parallelism": 8,
            "nodeSelector": {"seakeeper.dev/pool-untrusted": "true"},
            "securityContext": {"runAsNonRoot": true, "runAsUser": 8737,
                "seccompProfile": {"type": "RuntimeDefault"}},
            "templates": [{"name": "main", "container": {
                "image": "localhost/seakeeper-busybox:1", "imagePullPolicy": "IfNotPresent",
                "command": ["sh", "-c"], "args": ["true"],
                "securityContext": {"allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"]}}}}]}})")
                              .as_object();
    json::object& metadata = object["metadata"].as_object();
    metadata["name"] = name;
    metadata["labels"] = json::object{
        {"workflows.argoproj.io/controller-instanceid", instance}, {"seakeeper-test", name}};
    json::value& args =
        object["spec"].as_object()["templates"].as_array()[0].at("container").at("args");
    args.as_array()[0] = script;
    return object;
}

std::string metadata_of(const json::object& object, std::string_view key) {
    return std::string{object.at("metadata").as_object().at(key).as_string()};
}

class Printer final : public Logger {
public:
    void
    log(LogLevel, std::string_view event, std::initializer_list<LogField> fields
    ) noexcept override {
        std::string text{event};
        for (const LogField& field : fields) {
            text += " " + std::string{field.key} + "=" + field.value;
        }
        MESSAGE(text);
    }
};

struct Cluster {
    explicit Cluster(Configuration from = configuration(), ClientOptions options = {})
        : client{context.get_executor(), std::move(from), log, std::move(options)} {}
    ~Cluster() {
        for (const std::string& name : made) {
            const json::object free{{"metadata", json::object{{"finalizers", nullptr}}}};
            (void)run(client.merge_patch(workflows, name, free, soon()));
            (void)run(client.remove(workflows, name, RemoveOptions{}, soon()));
        }
    }
    template <class T>
    T run(asio::awaitable<T> operation) {
        return test::run(context, std::move(operation));
    }
    json::object create(json::object object) {
        made.push_back(metadata_of(object, "name"));
        auto stored = run(client.create(workflows, std::move(object), soon()));
        REQUIRE_MESSAGE(stored, stored);
        return std::move(*stored);
    }

    Printer log;
    asio::io_context context;
    Client client;
    std::vector<std::string> made;
};

} // namespace

TEST_SUITE_BEGIN("kubernetes client, real API server");

TEST_CASE("the server answers") {
    Cluster cluster;
    const auto version = cluster.run(cluster.client.server_version(soon()));
    REQUIRE_MESSAGE(version, version);
    CHECK(version->starts_with("v1."));
}

TEST_CASE("an object is created once, found again under its name, and adopted") {
    Cluster cluster;
    const std::string name = unique("create");
    const json::object object = a_workflow(name, "nobody", "true");
    const json::object stored = cluster.create(object);
    const auto twice = cluster.run(cluster.client.create(workflows, object, soon()));
    CHECK(twice.error().is(Errc::already_exists));
    const auto found = cluster.run(cluster.client.get(workflows, name, soon()));
    REQUIRE_MESSAGE(found, found);
    CHECK(metadata_of(*found, "uid") == metadata_of(stored, "uid"));
    CHECK(read_workflow_status(*found)->phase == Phase::none);
}

TEST_CASE("an unknown field is refused, not dropped") {
    Cluster cluster;
    json::object object = a_workflow(unique("strict"), "nobody", "true");
    object["spec"].as_object()["noSuchField"] = 1;
    const auto refused = cluster.run(cluster.client.create(workflows, object, soon()));
    CHECK(refused.error().is(Errc::invalid_argument));
    CHECK(refused.error().message.find("noSuchField") != std::string::npos);
}

TEST_CASE("what is not there is not found, and what is not ours is forbidden") {
    Cluster cluster;
    CHECK(cluster.run(cluster.client.get(workflows, "no-such", soon())).error().is(Errc::not_found)
    );
    CHECK(cluster.run(cluster.client.remove(workflows, "no-such", RemoveOptions{}, soon()))
              .error()
              .is(Errc::not_found));
    CHECK(cluster.run(cluster.client.pod_log("no-such", LogQuery{}, soon()))
              .error()
              .is(Errc::not_found));
    constexpr Resource secrets{"", "v1", "secrets"};
    CHECK(cluster.run(cluster.client.list(secrets, "", soon())).error().is(Errc::permission_denied)
    );
    Configuration elsewhere = configuration();
    elsewhere.name_space = "kube-system";
    Cluster other{elsewhere};
    const auto refused = other.run(
        other.client.create(workflows, a_workflow(unique("rbac"), "nobody", "true"), soon())
    );
    CHECK(refused.error().is(Errc::permission_denied));
}

TEST_CASE("a wrong token, and a wrong authority, are told apart") {
    Configuration wrong = configuration();
    wrong.token_file.clear();
    wrong.client_certificate_pem.clear();
    wrong.client_key_pem = Secret{};
    wrong.token = Secret{"not.a.token"};
    Cluster unknown{wrong};
    CHECK(unknown.run(unknown.client.list(workflows, "", soon())).error().is(Errc::unauthenticated)
    );
    wrong = configuration();
    wrong.tls_server_name = "elsewhere.example";
    Cluster unverified{wrong};
    CHECK(unverified.run(unverified.client.server_version(soon())).error().is(Errc::untrusted_peer)
    );
}

TEST_CASE("a list comes in pages, by label") {
    ClientOptions options;
    options.page_size = 2;
    Cluster cluster{configuration(), options};
    const std::string mark = unique("page");
    std::set<std::string> names;
    for (int i = 0; i < 5; ++i) {
        json::object object = a_workflow(unique("list"), "nobody", "true");
        object["metadata"].as_object()["labels"].as_object()["seakeeper-test"] = mark;
        names.insert(metadata_of(object, "name"));
        cluster.create(std::move(object));
    }
    const auto list = cluster.run(cluster.client.list(workflows, "seakeeper-test=" + mark, soon()));
    REQUIRE_MESSAGE(list, list);
    std::set<std::string> found;
    for (const json::object& item : list->items) {
        found.insert(metadata_of(item, "name"));
    }
    CHECK(found == names);
    CHECK_FALSE(list->resource_version.empty());
}

TEST_CASE("a watch sees an object come, change and go, and survives the ends of its streams") {
    ClientOptions options;
    options.watch_for = 3s; // the server ends each stream after 3 to 6 s
    Cluster cluster{configuration(), options};
    const std::string name = unique("watch");
    const std::string selector = "seakeeper-test=" + name;
    const auto list = cluster.run(cluster.client.list(workflows, selector, soon()));
    REQUIRE_MESSAGE(list, list);
    const auto watch = cluster.client.watch(workflows, selector, list->resource_version);
    std::string seen;
    const auto see = [&](WatchEventKind wanted) {
        for (;;) {
            const auto event = cluster.run(watch->next(soon()));
            REQUIRE_MESSAGE(event, event);
            constexpr std::array letters{'a', 'm', 'd', 'b'};
            seen += letters.at(static_cast<std::size_t>(event->kind));
            if (event->kind == wanted) {
                return event->resource_version;
            }
        }
    };
    cluster.create(a_workflow(name, "nobody", "true"));
    see(WatchEventKind::added);
    const auto quiet = cluster.run(watch->next(Deadline::in(14s))); // at least two streams end
    CHECK_MESSAGE(quiet.error().is(Errc::timed_out), quiet);
    CHECK(watch->is_connected());
    const json::object change{
        {"metadata", json::object{{"annotations", json::object{{"a", "b"}}}}}};
    CHECK(cluster.run(cluster.client.merge_patch(workflows, name, change, soon())));
    see(WatchEventKind::modified);
    RemoveOptions wrong_uid;
    wrong_uid.uid = "00000000-0000-0000-0000-000000000000";
    CHECK(cluster.run(cluster.client.remove(workflows, name, wrong_uid, soon()))
              .error()
              .is(Errc::conflict));
    CHECK(cluster.run(cluster.client.remove(workflows, name, RemoveOptions{}, soon())));
    see(WatchEventKind::deleted);
    CHECK(seen == "amd"); // each once, though several streams were read
}

TEST_CASE("a watch that nothing matches gets bookmarks while the world goes on") {
    Cluster cluster;
    const auto list = cluster.run(cluster.client.list(workflows, "", soon()));
    REQUIRE_MESSAGE(list, list);
    const auto watch =
        cluster.client.watch(workflows, "seakeeper-test=nobody", list->resource_version);
    CHECK(cluster.run(watch->next(Deadline::in(1s))).error().is(Errc::timed_out)); // it connects
    CHECK(watch->is_connected());
    cluster.create(a_workflow(unique("other"), "nobody", "true"));   // an idle server sends none
    const auto event = cluster.run(watch->next(Deadline::in(100s))); // about each minute
    REQUIRE_MESSAGE(event, event);
    CHECK(event->kind == WatchEventKind::bookmark);
    CHECK(event->resource_version != list->resource_version);
}

TEST_CASE("a watch from a version long gone says so") {
    Cluster cluster;
    const auto watch = cluster.client.watch(workflows, "", "1");
    const auto event = cluster.run(watch->next(soon()));
    CHECK_MESSAGE(event.error().is(Errc::gone), event);
}

TEST_CASE("a finalizer is released by a patch that checks whose it is") {
    Cluster cluster;
    json::object object = a_workflow(unique("final"), "nobody", "true");
    object["metadata"].as_object()["finalizers"] = json::array{json::string{finalizer}};
    const json::object stored = cluster.create(std::move(object));
    const std::string name = metadata_of(stored, "name");
    const auto release = [&](std::string_view uid) {
        json::array ops{
            json::object{{"op", "test"}, {"path", "/metadata/uid"}, {"value", uid}},
            json::object{{"op", "test"}, {"path", "/metadata/finalizers/0"}, {"value", finalizer}},
            json::object{{"op", "remove"}, {"path", "/metadata/finalizers/0"}}};
        return cluster.run(cluster.client.json_patch(workflows, name, std::move(ops), soon()));
    };
    CHECK(cluster.run(cluster.client.remove(workflows, name, RemoveOptions{}, soon())));
    const auto held = cluster.run(cluster.client.get(workflows, name, soon()));
    REQUIRE_MESSAGE(held, held);
    CHECK(read_workflow_status(*held)->is_being_deleted);
    const auto refused = release("00000000-0000-0000-0000-000000000000");
    CHECK(refused.error().is(Errc::invalid_argument));
    CHECK(refused.error().message.find("422") != std::string::npos);
    const auto freed = release(metadata_of(stored, "uid"));
    CHECK_MESSAGE(freed, freed);
    CHECK(cluster.run(cluster.client.get(workflows, name, soon())).error().is(Errc::not_found));
}

TEST_CASE("a stale resource version is a conflict") {
    Cluster cluster;
    const json::object stored = cluster.create(a_workflow(unique("stale"), "nobody", "true"));
    const auto annotate = [&](std::string_view value) {
        const json::object annotations{{"a", value}};
        const json::object metadata{
            {"resourceVersion", metadata_of(stored, "resourceVersion")},
            {"annotations", annotations}};
        return cluster.run(cluster.client.merge_patch(
            workflows, metadata_of(stored, "name"), json::object{{"metadata", metadata}}, soon()
        ));
    };
    CHECK(annotate("1"));
    CHECK(annotate("2").error().is(Errc::conflict));
}

TEST_CASE("a run is followed to its end: status, failing step, and its log as it is written") {
    Cluster cluster{configuration("SEAKEEPER_UNTRUSTED_KUBECONFIG", "ci-untrusted")};
    const std::string name = unique("run");
    auto walled = a_workflow(
        name, "seakeeper-test", "for i in 1 2 3; do echo line $i; sleep 1; done; exit 7"
    );
    auto& labels = walled.at("metadata").as_object().at("labels").as_object();
    labels["seakeeper.dev/trust"] = "untrusted";
    labels["seakeeper.dev/workload"] = name;
    const json::object stored = cluster.create(std::move(walled));
    const auto watch = cluster.client.watch(
        workflows, "seakeeper-test=" + name, metadata_of(stored, "resourceVersion")
    );
    LogQuery query;
    query.is_following = true;
    query.has_timestamps = true;
    std::string log;
    const Deadline end = Deadline::in(240s);
    while (!end.passed() && log.empty()) { // the pod's name is the run's: one node
        auto stream = cluster.run(cluster.client.pod_log(name, query, soon()));
        if (!stream) {
            const bool is_early =
                stream.error().is(Errc::not_found) || stream.error().is(Errc::unavailable);
            REQUIRE_MESSAGE(is_early, stream);
            (void)cluster.run(watch->next(Deadline::in(500ms)));
            continue;
        }
        for (;;) {
            const auto bytes = cluster.run((*stream)->read(end));
            REQUIRE_MESSAGE(bytes, bytes);
            if (bytes->empty()) {
                break;
            }
            log += *bytes;
        }
    }
    for (const char* line : {"Z line 1\n", "Z line 2\n", "Z line 3\n"}) {
        CHECK_MESSAGE(log.find(line) != std::string::npos, log);
    }
    for (;;) {
        const auto now = cluster.run(cluster.client.get(workflows, name, soon()));
        REQUIRE_MESSAGE(now, now);
        const auto status = read_workflow_status(*now);
        if (!status->is_terminal()) {
            REQUIRE_FALSE(end.passed());
            (void)cluster.run(watch->next(Deadline::in(2s)));
            continue;
        }
        CHECK(status->phase == Phase::failed);
        const auto nodes = read_nodes(*now);
        REQUIRE_MESSAGE(nodes, nodes);
        const auto failed = failed_steps(*status, *nodes);
        REQUIRE(failed.size() == 1);
        CHECK(failed.front().exit_code == 7);
        CHECK(failed.front().pod_name == name);
        break;
    }
    const auto pods_of =
        cluster.run(cluster.client.list(pods, "workflows.argoproj.io/workflow=" + name, soon()));
    REQUIRE_MESSAGE(pods_of, pods_of);
    REQUIRE(pods_of->items.size() == 1);
    CHECK(metadata_of(pods_of->items.front(), "name") == name);
    LogQuery wrong;
    wrong.container = "nope";
    CHECK(
        cluster.run(cluster.client.pod_log(name, wrong, soon())).error().is(Errc::invalid_argument)
    );
}

TEST_SUITE_END();
