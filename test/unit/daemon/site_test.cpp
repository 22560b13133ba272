// SPDX-License-Identifier: Apache-2.0
#include "../../../seakeeperd/site.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace seakeeper;
using namespace seakeeper::daemon;

namespace {

const std::string good = R"(gerrit:
  name: example
  url: https://gerrit.example/r/
  ssh: {host: gerrit.example, user: seakeeper, key_file: id, known_hosts_file: /etc/hosts_known}
  http: {user: seakeeper, password_file: password}
instance_id: wm1
executors:
  - name: ci
    class: untrusted
    argo: {kubeconfig: ci.kubeconfig, namespace: ci-untrusted, service_account: runner, executor_service_account: executor, node_selector: {pool: untrusted}}
  - name: release
    class: trusted
    argo: {kubeconfig: release.kubeconfig, namespace: ci-trusted, service_account: builder, executor_service_account: executor, node_selector: {pool: trusted}}
trust: {protected: ["refs/heads/*"], service_users: [12]}
state: state
)";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto place = text.find(from);
    REQUIRE(place != text.npos);
    return text.replace(place, from.size(), to);
}

} // namespace

TEST_CASE("the operator's file is read, paths relative to its folder") {
    const auto site = read_site(good, "/etc/seakeeper/site.yaml");
    REQUIRE_MESSAGE(site, site);
    CHECK(site->gerrit.ssh.port == 29418);
    CHECK(site->gerrit.ssh.key_file == "/etc/seakeeper/id");
    CHECK(site->gerrit.ssh.known_hosts_file == "/etc/hosts_known");
    CHECK(site->gerrit.fetch_url == site->gerrit.url);
    CHECK(site->state == "/etc/seakeeper/state");
    REQUIRE(site->executors.size() == 2);
    CHECK(site->executors[1].site.trust_class == trust::Class::trusted);
    CHECK(site->executors[1].policy.trust_class == trust::Class::trusted);
    CHECK(site->executors[0].site.instance_id == "wm1");
    CHECK(site->trust.service_users == std::vector{AccountId{12}});
    CHECK(site->trust.require_non_uploader);
}

TEST_CASE("a local executor says what images mean on this machine") {
    const std::string argo =
        "argo: {kubeconfig: ci.kubeconfig, namespace: ci-untrusted, service_account: runner, "
        "executor_service_account: executor, node_selector: {pool: untrusted}}";
    auto site = read_site(replaced(good, argo, "local: {repositories: git}"), "/etc/site.yaml");
    REQUIRE_MESSAGE(site, site);
    CHECK(site->executors[0].images == local::Images::where_present);
    CHECK(site->executors[0].repositories == "/etc/git");
    site = read_site(replaced(good, argo, "local: {images: required}"), "/etc/site.yaml");
    REQUIRE_MESSAGE(site, site);
    CHECK(site->executors[0].images == local::Images::required);
    site = read_site(replaced(good, argo, "local: {images: podman}"), "/etc/site.yaml");
    REQUIRE_FALSE(site);
    CHECK(site.error().message.find("ignored, where_present, required") != std::string::npos);
}

TEST_CASE("a mistake names its line and column, what was found and what is accepted") {
    struct Row {
        const char* from;
        const char* to;
        const char* message;
    };
    const Row rows[] = {
        {"  name: example\n",
         "  name: example\n  nmae: x\n",
         "site.yaml:3:3: gerrit: found key \"nmae\"; accepted are name, url"},
        {"host: gerrit.example",
         "port: 70000",
         "site.yaml:4:15: gerrit.ssh.port: found \"70000\"; accepted is a number from 1 to 65535"},
        {"host: gerrit.example, ", "", "gerrit.ssh.host is missing"},
        {", known_hosts_file: /etc/hosts_known", "", "host keys are pinned, never learnt"},
        {"class: untrusted",
         "class: semi",
         "found \"semi\"; accepted is one of untrusted, trusted"},
        {"https://gerrit", "gopher://gerrit", "accepted is an http or https URL"},
        {"pool: trusted", "pool: untrusted", "share their node pool"},
        {"namespace: ci-trusted", "namespace: ci-untrusted", "share their namespace ci-untrusted"},
        {"kubeconfig: release", "kubeconfig: ci", "share their credentials"},
        {"service_account: builder, executor_service_account: executor",
         "service_account: executor, executor_service_account: executor",
         "service_account and executor_service_account are the same"},
        {"node_selector: {pool: trusted}",
         "node_selector: {pool: trusted}, wall: {daemon_account: seakeeper/seakeeper-untrusted}",
         "share their account"},
        {"node_selector: {pool: trusted}",
         "node_selector: {pool: trusted}, wall: {daemon_account: nobody}",
         "accepted is NAMESPACE/NAME"},
        {"node_selector: {pool: trusted}",
         "node_selector: {pool: trusted}, wall: {egress: [{cidr: 192.0.2.1/32, ports: [http]}]}",
         "accepted is a list of ports"},
        {"name: release", "name: ci", "two have the name \"ci\""},
        {"[12]", "[jenkins]", "found \"jenkins\"; accepted are account numbers"},
        {"protected: [\"refs/heads/*\"]",
         "protected: {a: b}",
         "trust.protected: found a mapping; accepted is a list of texts"},
        {"class: untrusted\n",
         "class: untrusted\n    limits: {forbid: [template.sidecar]}\n",
         "forbidding \"template.sidecar\": found no such field"},
        {"class: untrusted\n",
         "class: untrusted\n    limits: {grant: [template.daemon]}\n",
         "granting \"template.daemon\" to untrusted: found no field that a site may grant"},
        {"state: state", "state: [a]", "state: found a list; accepted is a text"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.to);
        const auto site = read_site(replaced(good, row.from, row.to), "site.yaml");
        REQUIRE_FALSE(site);
        CAPTURE(site.error().message);
        CHECK(site.error().message.find(row.message) != std::string::npos);
        CHECK(site.error().message.starts_with("site.yaml:"));
    }
}

TEST_CASE("the classes share no identity") {
    const auto folder =
        std::filesystem::temp_directory_path() / fmt::format("seakeeper-identity-{}", ::getpid());
    std::filesystem::create_directory(folder);
    const auto write = [&](const char* name, const char* token) {
        std::ofstream{folder / name} << fmt::format(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
            "clusters: [{{name: c, cluster: {{server: 'https://api.example'}}}}]\n"
            "users: [{{name: u, user: {{token: {}}}}}]\n"
            "contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n",
            token
        );
    };
    write("ci.kubeconfig", "one");
    write("release.kubeconfig", "two");
    const auto site = read_site(good, folder / "site.yaml");
    REQUIRE(site);
    CHECK(check_identities(*site));
    write("release.kubeconfig", "one");
    const auto shared = check_identities(*site);
    CHECK(shared.error().is(Errc::refused));
    CHECK(
        shared.error().message.find("ci and release share their credentials: the same token")
        != std::string::npos
    );
    std::filesystem::remove(folder / "release.kubeconfig");
    CHECK_FALSE(check_identities(*site)); // what cannot be read is no proof
    std::filesystem::remove_all(folder);
}

TEST_CASE("a selector that one node can satisfy with another is one pool") {
    auto text = replaced(good, "{pool: trusted}", "{trusted: yes-indeed}");
    const auto site = read_site(text, "site.yaml");
    REQUIRE_FALSE(site);
    CHECK(site.error().message.find("no label has different values") != std::string::npos);
}

TEST_CASE("checked-in manifests are what their sites give") {
    struct Row {
        const char* site;
        const char* manifests;
    };
    const Row rows[] = {
        {"examples/site.yaml", "docs/deploy/manifests.yaml"},
        {"test/stack/site.yaml", "test/stack/manifests.yaml"},
    };
    const std::filesystem::path root{SEAKEEPER_TEST_DATA "/../.."};
    for (const Row& row : rows) {
        CAPTURE(row.site);
        const auto site = read_site_file(root / row.site);
        REQUIRE_MESSAGE(site, site);
        std::vector<kubernetes::Place> places;
        for (const auto& executor : site->executors) {
            places.push_back(place_of(executor));
        }
        std::ifstream file{root / row.manifests, std::ios::binary};
        const std::string written{std::istreambuf_iterator<char>{file}, {}};
        const bool is_same = written == kubernetes::to_yaml(kubernetes::manifests(places));
        CHECK_MESSAGE(is_same, "seakeeperd manifests --config ", row.site, " > ", row.manifests);
    }
}

TEST_CASE("one-node sites may share nodes, and nothing else") {
    const auto shared =
        replaced(good, "pool: trusted", "pool: untrusted") + "allow_shared_nodes: true\n";
    CHECK(read_site(shared, "site.yaml"));
    CHECK_FALSE(read_site(replaced(shared, "ci-trusted", "ci-untrusted"), "site.yaml"));
}

TEST_CASE("all mistakes of a file are told at once") {
    const auto site = read_site("gerrit: {}\nexecutors: []\nx: 1\n", "s.yaml");
    REQUIRE_FALSE(site);
    const auto& text = site.error().message;
    CHECK(std::count(text.begin(), text.end(), '\n') >= 6);
}

TEST_CASE("a secret that others can read is refused") {
    const auto path =
        std::filesystem::temp_directory_path() / fmt::format("seakeeper-secret-{}", ::getpid());
    std::ofstream{path} << "canary\n";
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::others_read
    );
    CHECK(read_secret(path).error().is(Errc::permission_denied));
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    CHECK(read_secret(path)->reveal() == "canary");
    std::filesystem::remove(path);
    CHECK(read_secret(path).error().is(Errc::not_found));
}
