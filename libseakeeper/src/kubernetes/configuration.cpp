// SPDX-License-Identifier: Apache-2.0
#include "http/transport.hpp"
#include "yaml/document.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/kubernetes/configuration.hpp>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace seakeeper::kubernetes {
namespace {

constexpr std::size_t file_bytes = 1u << 20;

std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    return text;
}

/// One kubeconfig while it is taken apart.
struct Kubeconfig {
    const yaml::Node& root;
    std::filesystem::path file;
    const FileReader& read;

    Error wrong(Errc code, const yaml::Node& at, std::string_view what) const {
        return Error{code, yaml::at(file.string(), at.mark, what)};
    }
    std::filesystem::path resolved(const yaml::Node& path) const {
        return file.parent_path() / path.text; // an absolute path stays as it is
    }
};

/// The text of a member, or empty.
std::string text_of(const yaml::Node& mapping, std::string_view key) {
    const yaml::Node* node = mapping.find(key);
    return node != nullptr && node->kind == yaml::NodeKind::scalar ? node->text : std::string{};
}

/// The `what` of the entry of that name in the list `list`: clusters/cluster, users/user...
Result<const yaml::Node*> entry(
    const Kubeconfig& config, std::string_view list, std::string_view what, std::string_view name
) {
    const yaml::Node* items = config.root.find(list);
    if (items != nullptr) {
        for (const yaml::Node& item : items->items) {
            const yaml::Node* value = item.find(what);
            if (text_of(item, "name") == name && value != nullptr) {
                return value;
            }
        }
    }
    const yaml::Node& at = items == nullptr ? config.root : *items;
    return config.wrong(
        Errc::malformed, at, "no " + std::string{what} + " is named " + quoted(name, 100)
    );
}

/// The bytes of `KEY-data`, or of the file that `KEY` names; empty when neither is there.
Result<std::string>
data_or_file(const Kubeconfig& config, const yaml::Node& mapping, const std::string& key) {
    const yaml::Node* inline_bytes = mapping.find(key + "-data");
    if (inline_bytes != nullptr && !inline_bytes->text.empty()) {
        auto bytes = from_base64(inline_bytes->text);
        if (!bytes) {
            return config.wrong(Errc::malformed, *inline_bytes, key + "-data is not base64");
        }
        return bytes;
    }
    const yaml::Node* path = mapping.find(key);
    if (path == nullptr || path->text.empty()) {
        return std::string{};
    }
    auto bytes = config.read(config.resolved(*path));
    if (!bytes) {
        return std::move(bytes).error().within(yaml::at(config.file.string(), path->mark, key));
    }
    return bytes;
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Status read_cluster(const Kubeconfig& config, const yaml::Node& cluster, Configuration& into) {
    const yaml::Node* skip = cluster.find("insecure-skip-tls-verify");
    if (skip != nullptr && yaml::as_boolean(*skip) != false) {
        return config.wrong(
            Errc::refused,
            *skip,
            "insecure-skip-tls-verify is refused: name the certificate-authority instead"
        );
    }
    if (const yaml::Node* proxy = cluster.find("proxy-url")) {
        return config.wrong(Errc::unsupported, *proxy, "proxy-url is not supported");
    }
    const yaml::Node* server = cluster.find("server");
    if (server == nullptr) {
        return config.wrong(Errc::malformed, cluster, "the cluster has no server");
    }
    auto url = http::parse_url(server->text);
    if (!url) {
        return config.wrong(Errc::malformed, *server, url.error().message);
    }
    if (!url->is_tls && !is_loopback(url->host)) {
        return config.wrong(
            Errc::refused, *server, "plain http is accepted for a loopback address only"
        );
    }
    into.is_tls = url->is_tls;
    into.host = std::move(url->host);
    into.port = url->port;
    into.base_path = std::move(url->path);
    into.tls_server_name = text_of(cluster, "tls-server-name");
    auto ca = data_or_file(config, cluster, "certificate-authority");
    if (!ca) {
        return ca.error();
    }
    into.ca_pem = std::move(*ca);
    return {};
}

Status refuse_unsupported(const Kubeconfig& config, const yaml::Node& user) {
    constexpr std::array unsupported{
        "exec",
        "auth-provider",
        "username",
        "password",
        "as",
        "as-uid",
        "as-groups",
        "as-user-extra"};
    for (const std::string_view key : unsupported) {
        if (const yaml::Node* node = user.find(key)) {
            return config.wrong(
                Errc::unsupported,
                *node,
                std::string{key}
                    + " is not supported: use a client certificate, token or tokenFile (a service "
                      "account's token is best)"
            );
        }
    }
    return {};
}

Status read_user(const Kubeconfig& config, const yaml::Node& user, Configuration& into) {
    if (auto supported = refuse_unsupported(config, user); !supported) {
        return supported;
    }
    auto certificate = data_or_file(config, user, "client-certificate");
    if (!certificate) {
        return certificate.error();
    }
    auto key = data_or_file(config, user, "client-key");
    if (!key) {
        return key.error();
    }
    if (certificate->empty() != key->empty()) {
        return config.wrong(Errc::malformed, user, "client-certificate and client-key go together");
    }
    into.client_certificate_pem = std::move(*certificate);
    into.client_key_pem = Secret{std::move(*key)};
    into.token = Secret{text_of(user, "token")};
    const yaml::Node* token_file = user.find("tokenFile");
    if (token_file != nullptr && !token_file->text.empty()) {
        into.token_file = config.resolved(*token_file);
        into.token = Secret{};
    }
    return {};
}

Result<Configuration> read_context(const Kubeconfig& config, std::string_view name) {
    const auto context = entry(config, "contexts", "context", name);
    if (!context) {
        return context.error();
    }
    const auto cluster = entry(config, "clusters", "cluster", text_of(**context, "cluster"));
    if (!cluster) {
        return cluster.error();
    }
    const auto user = entry(config, "users", "user", text_of(**context, "user"));
    if (!user) {
        return user.error();
    }
    Configuration made;
    made.origin = config.file.string() + ", context " + std::string{name};
    if (auto read = read_cluster(config, **cluster, made); !read) {
        return read.error();
    }
    if (auto read = read_user(config, **user, made); !read) {
        return read.error();
    }
    if (const std::string name_space = text_of(**context, "namespace"); !name_space.empty()) {
        made.name_space = name_space;
    }
    return made;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string{value};
}

} // namespace

FileReader read_from_disk() {
    return [](const std::filesystem::path& file) -> Result<std::string> {
        const std::string doing = "reading " + file.string() + ": ";
        std::ifstream in{file, std::ios::binary};
        if (!in) {
            std::error_code error;
            const bool is_there = std::filesystem::exists(file, error);
            return is_there ? Error{Errc::io, doing + "it cannot be opened"}
                            : Error{Errc::not_found, doing + "there is no such file"};
        }
        std::string bytes(file_bytes + 1, '\0');
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        bytes.resize(static_cast<std::size_t>(in.gcount()));
        if (in.bad() || (in.fail() && !in.eof())) {
            return Error{Errc::io, doing + "it cannot be read"};
        }
        if (bytes.size() > file_bytes) {
            return Error{Errc::limit_exceeded, doing + "more than 1 MiB"};
        }
        return bytes;
    };
}

Result<Configuration> parse_kubeconfig(
    std::string_view bytes,
    const std::filesystem::path& file,
    std::string_view context,
    const FileReader& read
) {
    const auto root = yaml::parse(bytes, file.string());
    if (!root) {
        return root.error();
    }
    const Kubeconfig config{*root, file, read};
    const std::string current = text_of(*root, "current-context");
    const std::string_view name = context.empty() ? std::string_view{current} : context;
    if (name.empty()) {
        return config.wrong(
            Errc::malformed, *root, "no current-context, and no context was asked for"
        );
    }
    return read_context(config, name);
}

Result<Configuration> read_kubeconfig(const std::filesystem::path& file, std::string_view context) {
    const FileReader read = read_from_disk();
    const auto bytes = read(file);
    if (!bytes) {
        return bytes.error();
    }
    return parse_kubeconfig(*bytes, file, context, read);
}

Result<Configuration> in_cluster_configuration(const std::filesystem::path& folder) {
    Configuration made;
    made.origin = "the pod's service account";
    made.host = environment("KUBERNETES_SERVICE_HOST");
    const std::string port = environment("KUBERNETES_SERVICE_PORT");
    if (made.host.empty() || port.empty()) {
        return Error{
            Errc::not_found,
            "reading the cluster we run in: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT "
            "are not set"};
    }
    const bool is_v6 = made.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + made.host + "]" : made.host;
    const auto url = http::parse_url("https://" + host + ":" + port);
    if (!url) {
        return url.error().within("reading the cluster we run in");
    }
    made.port = url->port;
    const FileReader read = read_from_disk();
    auto ca = read(folder / "ca.crt");
    if (!ca) {
        return std::move(ca).error().within("reading the cluster we run in");
    }
    made.ca_pem = std::move(*ca);
    made.token_file = folder / "token";
    auto name_space = read(folder / "namespace");
    if (!name_space) {
        return std::move(name_space).error().within("reading the cluster we run in");
    }
    made.name_space = trimmed(std::move(*name_space));
    return made;
}

} // namespace seakeeper::kubernetes
