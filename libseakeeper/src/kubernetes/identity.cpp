// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/json.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/kubernetes/cluster_check.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::kubernetes {
namespace {

std::string token_of(const Configuration& configuration) {
    if (!configuration.token_file.empty()) {
        if (auto bytes = read_from_disk()(configuration.token_file)) {
            bytes->erase(bytes->find_last_not_of(" \t\r\n") + 1);
            return std::move(*bytes);
        }
    }
    return std::string{configuration.token.reveal()};
}

/// The claim `sub` of a JSON Web Token; empty for other tokens. It is the server that verifies it.
std::string subject_of(std::string_view token) {
    const auto first = token.find('.');
    const auto second = first == token.npos ? first : token.find('.', first + 1);
    if (second == token.npos) {
        return {};
    }
    std::string text{token.substr(first + 1, second - first - 1)};
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    const auto bytes = from_base64(text);
    const auto claims = bytes ? parse_object(*bytes) : Result<json::object>{bytes.error()};
    return claims ? std::string{text_at(*claims, "sub")} : std::string{};
}

bool is_one_server(const Configuration& a, const Configuration& b) {
    const bool is_one_address = a.host == b.host && a.port == b.port && a.base_path == b.base_path;
    // another name of the same server has the same authority
    return is_one_address || (!a.ca_pem.empty() && a.ca_pem == b.ca_pem);
}

} // namespace

std::string shared_identity(const Configuration& a, const Configuration& b) {
    const auto token = token_of(a);
    const auto other = token_of(b);
    if (!token.empty() && token == other) {
        return "the same token";
    }
    if (!a.token_file.empty() && a.token_file == b.token_file) {
        return "the same token file";
    }
    if (!a.client_certificate_pem.empty() && a.client_certificate_pem == b.client_certificate_pem) {
        return "the same client certificate";
    }
    const auto user = subject_of(token);
    if (!user.empty() && user == subject_of(other) && is_one_server(a, b)) {
        return fmt::format("the user {} of one API server", quoted(user, 120));
    }
    return {};
}

} // namespace seakeeper::kubernetes
