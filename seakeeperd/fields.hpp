// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "yaml/document.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::daemon {

/// Mistakes of one file, each "file:line:column: what was found, what is accepted".
struct Mistakes {
    std::string file;
    std::vector<std::string> lines;

    void add(yaml::Mark mark, std::string_view message);
};

/// The members of one mapping, taken one by one; what was not taken by the end is a mistake.
/// A mistake leaves the target as it is and reading goes on, so that a reader sees all of them.
class Fields {
public:
    /// `path` names the mapping in messages: "gerrit.ssh". A null node is an empty mapping.
    Fields(const yaml::Node* node, std::string path, yaml::Mark owner, Mistakes& mistakes);
    ~Fields();
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;

    bool has(std::string_view key) const;
    /// Where the mapping stands.
    yaml::Mark mark() const { return mark_; }
    void text(std::string_view key, std::string& target);
    void required(std::string_view key, std::string& target);
    void flag(std::string_view key, bool& target);
    void integer(std::string_view key, std::int64_t& target, std::int64_t least, std::int64_t most);
    /// "90s", "15m", "24h" or "7d".
    void duration(std::string_view key, std::chrono::seconds& target);
    void texts(std::string_view key, std::vector<std::string>& target);
    void map(std::string_view key, std::map<std::string, std::string>& target);
    void objects(std::string_view key, boost::json::array& target);
    /// One of `words`; its index.
    std::optional<std::size_t>
    word(std::string_view key, const std::vector<std::string_view>& words);
    /// The member, to be read by somebody else; null if there is none.
    const yaml::Node* take(std::string_view key);
    std::string path_of(std::string_view key) const;
    Mistakes& mistakes() { return mistakes_; }

private:
    const yaml::Node* scalar(std::string_view key, std::string_view accepted);

    const yaml::Node* node_;
    std::string path_;
    yaml::Mark mark_;
    Mistakes& mistakes_;
    std::vector<std::string> known_;
};

} // namespace seakeeper::daemon
