// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::ssh {

/// A server's host key as it came over the wire.
struct HostKey {
    std::string host;
    std::uint16_t port = 22;
    std::string blob; ///< RFC 4253 6.6: the bytes that known_hosts holds in base64
};

/// "SHA256:..." as ssh-keygen -l shows it.
std::string fingerprint(std::string_view blob);

/// The pinned host keys of a file in OpenSSH's format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain
/// and hashed names, [host]:port, wildcards, negation, @revoked. @cert-authority never matches a
/// plain key. Nothing is ever added.
class KnownHosts {
public:
    /// Errc::io when the file cannot be read, malformed (file:line) for a line we cannot read.
    static Result<KnownHosts> read(const std::string& file);
    static Result<KnownHosts> parse(std::string_view text, std::string file);

    /// Success if the key is pinned for the host. Errc::untrusted_peer, in words, when it is
    /// unknown, another one than the pinned, or revoked.
    Status check(const HostKey& key) const;

private:
    struct Line {
        int number = 0;
        bool is_revoked = false;
        std::string names;
        std::string blob;
    };
    std::string file_;
    std::vector<Line> lines_;
};

} // namespace seakeeper::ssh
