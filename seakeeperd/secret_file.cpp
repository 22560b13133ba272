// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace seakeeper::daemon {

namespace fs = std::filesystem;

Result<Secret> read_secret(const std::string& path) {
    std::error_code fault;
    const auto status = fs::status(path, fault);
    constexpr auto others = fs::perms::group_all | fs::perms::others_all;
    if (fault || !fs::is_regular_file(status)) {
        return Error{Errc::not_found, fmt::format("reading secret {}: no such file", path)};
    }
    if ((status.permissions() & others) != fs::perms::none) {
        return Error{
            Errc::permission_denied,
            fmt::format("reading secret {}: others than its owner may read it; chmod 0400", path)};
    }
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);
    if (line.empty()) {
        return Error{
            Errc::malformed, fmt::format("reading secret {}: its first line is empty", path)};
    }
    return Secret{std::move(line)};
}

} // namespace seakeeper::daemon
