// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/kubernetes/configuration.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <map>

using namespace seakeeper;
using namespace seakeeper::kubernetes;

namespace {

/// Files that exist only in the test.
FileReader files(std::map<std::string, std::string> contents) {
    return [contents =
                std::move(contents)](const std::filesystem::path& path) -> Result<std::string> {
        const auto at = contents.find(path.string());
        if (at == contents.end()) {
            return Error{Errc::not_found, "reading " + path.string() + ": there is no such file"};
        }
        return at->second;
    };
}

std::string kubeconfig(std::string_view cluster, std::string_view user) {
    return "apiVersion: v1\nkind: Config\ncurrent-context: ci\n"
           "contexts:\n- name: ci\n  context: {cluster: lab, user: bot, namespace: ci-untrusted}\n"
           "- name: other\n  context: {cluster: lab, user: bot}\n"
           "clusters:\n- name: lab\n  cluster: {"
           + std::string{cluster} + "}\nusers:\n- name: bot\n  user: {" + std::string{user} + "}\n";
}

Result<Configuration> parse(const std::string& text, std::string_view context = {}) {
    return parse_kubeconfig(
        text,
        "/etc/sk/ci.kubeconfig",
        context,
        files({{"/etc/sk/ca.pem", "CA"}, {"/abs/key.pem", "KEY"}, {"/etc/sk/pki/c.pem", "CERT"}})
    );
}

} // namespace

TEST_SUITE_BEGIN("kubernetes configuration");

TEST_CASE("files are found beside the kubeconfig") {
    const auto made = parse(kubeconfig(
        "server: 'https://10.0.0.1:6443/', certificate-authority: ca.pem, tls-server-name: "
        "kubernetes",
        "client-certificate: pki/c.pem, client-key: /abs/key.pem"
    ));
    REQUIRE_MESSAGE(made, made);
    CHECK(made->host == "10.0.0.1");
    CHECK(made->port == 6443);
    CHECK(made->is_tls);
    CHECK(made->base_path.empty());
    CHECK(made->tls_server_name == "kubernetes");
    CHECK(made->ca_pem == "CA");
    CHECK(made->client_certificate_pem == "CERT");
    CHECK(made->client_key_pem.reveal() == "KEY");
    CHECK(made->name_space == "ci-untrusted");
    CHECK(made->origin == "/etc/sk/ci.kubeconfig, context ci");
}

TEST_CASE("what stands in the kubeconfig beats the files, and tokenFile beats token") {
    const std::string ca = base64("INLINE");
    const auto made = parse(
        kubeconfig(
            "server: 'https://k8s.example/base', certificate-authority: gone.pem, "
            "certificate-authority-data: "
                + ca,
            "token: abc, tokenFile: token"
        ),
        "other"
    );
    REQUIRE_MESSAGE(made, made);
    CHECK(made->ca_pem == "INLINE");
    CHECK(made->base_path == "/base");
    CHECK(made->port == 443);
    CHECK(made->token.empty());
    CHECK(made->token_file == "/etc/sk/token");
    CHECK(made->name_space == "default");
    CHECK(parse(kubeconfig("server: 'https://a'", "token: abc"))->token.reveal() == "abc");
}

TEST_CASE("what cannot be had is refused with its place and a way out") {
    const std::string good = "server: 'https://a'";
    struct Row {
        std::string_view name;
        std::string text;
        Errc code;
        std::string_view says;
    };
    const std::array rows{
        Row{"exec", kubeconfig(good, "exec: {command: aws}"), Errc::unsupported, ":14:"},
        Row{"auth-provider",
            kubeconfig(good, "auth-provider: {name: gcp}"),
            Errc::unsupported,
            "auth-provider is not supported"},
        Row{"password",
            kubeconfig(good, "username: a, password: b"),
            Errc::unsupported,
            "username"},
        Row{"impersonation",
            kubeconfig(good, "as: root, token: a"),
            Errc::unsupported,
            "as is not"},
        Row{"unverified",
            kubeconfig("server: 'https://a', insecure-skip-tls-verify: true", "token: a"),
            Errc::refused,
            "certificate-authority"},
        Row{"unverified in other words",
            kubeconfig("server: 'https://a', insecure-skip-tls-verify: yes", "token: a"),
            Errc::refused,
            "insecure"},
        Row{"plain",
            kubeconfig("server: 'http://k8s.example'", "token: a"),
            Errc::refused,
            "loopback"},
        Row{"proxy",
            kubeconfig("server: 'https://a', proxy-url: 'http://p'", "token: a"),
            Errc::unsupported,
            "proxy-url"},
        Row{"no server",
            kubeconfig("tls-server-name: a", "token: a"),
            Errc::malformed,
            "no server"},
        Row{"bad server", kubeconfig("server: a", "token: a"), Errc::malformed, "https://"},
        Row{"bad base64",
            kubeconfig("server: 'https://a', certificate-authority-data: '%'", "token: a"),
            Errc::malformed,
            "not base64"},
        Row{"file gone",
            kubeconfig("server: 'https://a', certificate-authority: gone.pem", "token: a"),
            Errc::not_found,
            "/etc/sk/gone.pem"},
        Row{"half a pair",
            kubeconfig(good, "client-certificate: pki/c.pem"),
            Errc::malformed,
            "go together"},
        Row{"no YAML", "a: [", Errc::malformed, "ci.kubeconfig:"},
        Row{"empty", "", Errc::malformed, "current-context"},
        Row{"no context",
            "current-context: ci\ncontexts: []\n",
            Errc::malformed,
            "no context is named"},
        Row{"no cluster",
            "current-context: ci\ncontexts: [{name: ci, context: {cluster: x, user: y}}]\n",
            Errc::malformed,
            "no cluster is named \"x\""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto made = parse(row.text);
        REQUIRE_FALSE(made);
        CAPTURE(made.error().message);
        CHECK(made.error().is(row.code));
        CHECK(made.error().message.find(row.says) != std::string::npos);
    }
    CHECK(parse(kubeconfig(good, "token: a"), "third").error().is(Errc::malformed));
}

TEST_CASE("plain http is for loopback, and a verify switch that is off does no harm") {
    const auto proxy = parse(kubeconfig("server: 'http://127.0.0.1:8001'", ""));
    REQUIRE_MESSAGE(proxy, proxy);
    CHECK_FALSE(proxy->is_tls);
    CHECK(parse(kubeconfig("server: 'https://a', insecure-skip-tls-verify: false", "token: a")));
}

TEST_CASE("a token in the kubeconfig is in no message") {
    const auto made = parse(kubeconfig("server: a", "token: hunter2"));
    CHECK(made.error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("outside a cluster there is no in-cluster configuration") {
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    CHECK(in_cluster_configuration().error().is(Errc::not_found));
}

TEST_CASE("in a pod the service account's files are taken") {
    const std::string folder = std::string{SEAKEEPER_TEST_DATA} + "/kubernetes/serviceaccount";
    ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", "6443", 1);
    const auto made = in_cluster_configuration(folder);
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
    REQUIRE_MESSAGE(made, made);
    CHECK(made->host == "fd00::1");
    CHECK(made->port == 6443);
    CHECK(made->name_space == "ci-untrusted");
    CHECK(made->ca_pem == "not a certificate\n");
    CHECK(made->token_file == folder + "/token");
    CHECK(made->token.empty());
}

TEST_CASE("a file over 1 MiB is not read, and one that is not there is not found") {
    const FileReader read = read_from_disk();
    CHECK(read("/dev/zero").error().is(Errc::limit_exceeded));
    CHECK(read("/no/such/file").error().is(Errc::not_found));
}

TEST_SUITE_END();
