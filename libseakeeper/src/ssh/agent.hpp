// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace seakeeper::ssh {

/// From a list of identities (answer 12 of draft-miller-ssh-agent) the one whose key is `blob`;
/// an empty list where it is not among them or the answer makes no sense.
std::string only_identity(std::string_view answer, std::string_view blob);

/// The agent at SSH_AUTH_SOCK as if it held one key only. libssh offers every key it finds there,
/// and Gerrit ends the connection after six (sshd.maxAuthTries).
class OneKeyAgent {
public:
    /// Errc::unavailable without an agent.
    static Result<std::unique_ptr<OneKeyAgent>> start(std::string blob);
    ~OneKeyAgent();
    OneKeyAgent(const OneKeyAgent&) = delete;
    OneKeyAgent& operator=(const OneKeyAgent&) = delete;

    /// The end for the client, which closes it.
    int release_client() noexcept;

private:
    OneKeyAgent() = default;
    void serve();

    std::string blob_;
    int client_ = -1;
    int server_ = -1;
    int agent_ = -1;
    std::thread thread_;
};

} // namespace seakeeper::ssh
