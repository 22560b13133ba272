// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/core/secret.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

// Where an API server is and how we prove who we are: what a kubeconfig or the files of a pod's
// service account say. A value; nothing here talks to a network.
namespace seakeeper::kubernetes {

/// One API server, one identity, one namespace.
struct Configuration {
    std::string origin; ///< the file and context it came from, for messages
    bool is_tls = true; ///< plain HTTP is accepted for a loopback address only
    std::string host;
    std::uint16_t port = 443;
    std::string base_path;       ///< before /api and /apis; usually empty, no trailing slash
    std::string tls_server_name; ///< empty: host
    std::string ca_pem;          ///< empty: the machine's trust store
    std::string client_certificate_pem;
    Secret client_key_pem;
    Secret token;
    std::filesystem::path token_file; ///< beats token; read again each minute and on 401
    std::string name_space = "default";
};

/// Reads a whole file; a seam so that tests need no disk.
using FileReader = std::function<Result<std::string>(const std::filesystem::path&)>;
/// From disk, at most 1 MiB: Errc::not_found, Errc::io, Errc::limit_exceeded.
SEAKEEPER_API FileReader read_from_disk();

/// What a kubeconfig says about `context` (empty: its current-context). Relative paths are relative
/// to the file's folder, `*-data` beats the path, tokenFile beats token
/// (client-go tools/clientcmd). Errc::malformed with file, line and column; Errc::unsupported for
/// exec, auth-provider, username, proxy-url and impersonation; Errc::refused for
/// insecure-skip-tls-verify and for plain http beyond loopback.
SEAKEEPER_API Result<Configuration> parse_kubeconfig(
    std::string_view bytes,
    const std::filesystem::path& file,
    std::string_view context = {},
    const FileReader& read = read_from_disk()
);
SEAKEEPER_API Result<Configuration>
read_kubeconfig(const std::filesystem::path& file, std::string_view context = {});

/// The service account of the pod we run in: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and
/// the files token, ca.crt and namespace. Errc::not_found outside a cluster.
SEAKEEPER_API Result<Configuration> in_cluster_configuration(
    const std::filesystem::path& folder = "/var/run/secrets/kubernetes.io/serviceaccount"
);

} // namespace seakeeper::kubernetes
