// SPDX-License-Identifier: Apache-2.0
#include "ssh/known_hosts.hpp"

#include "crypto/hmac.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

namespace seakeeper::ssh {
namespace {

std::string_view next_word(std::string_view& rest) {
    const auto begin = std::min(rest.find_first_not_of(" \t"), rest.size());
    const auto end = std::min(rest.find_first_of(" \t", begin), rest.size());
    const auto word = rest.substr(begin, end - begin);
    rest.remove_prefix(end);
    return word;
}

std::string lowered(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

/// '*' and '?' as in ssh_config(5), in linear space and quadratic time at most.
bool matches_pattern(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0, star = pattern.npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])
            && pattern[p] != '*') {
            ++t, ++p;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (star != pattern.npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == pattern.npos;
}

/// "|1|SALT|HASH", both in base64.
bool matches_hash(std::string_view name, std::string_view hashed) {
    const auto middle = hashed.find('|', 3);
    if (middle == hashed.npos) {
        return false;
    }
    const auto salt = from_base64(hashed.substr(3, middle - 3));
    const auto hash = from_base64(hashed.substr(middle + 1));
    return salt && hash && hmac_sha1(*salt, name) == *hash;
}

bool names_host(std::string_view names, std::string_view host) {
    if (names.starts_with("|1|")) {
        return matches_hash(host, names);
    }
    bool is_named = false;
    while (!names.empty()) {
        const auto end = std::min(names.find(','), names.size());
        const std::string pattern = lowered(names.substr(0, end));
        names.remove_prefix(std::min(end + 1, names.size()));
        if (pattern.starts_with('!')
            && matches_pattern(host, std::string_view{pattern}.substr(1))) {
            return false;
        }
        is_named = is_named || matches_pattern(host, pattern);
    }
    return is_named;
}

std::string_view type_of(std::string_view blob) {
    if (blob.size() < 4) {
        return "?";
    }
    const auto size = static_cast<unsigned char>(blob[3]);
    return blob.substr(4, size);
}

} // namespace

std::string fingerprint(std::string_view blob) {
    const auto digest = sha256(blob);
    auto text = base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
    text.erase(text.find_last_not_of('=') + 1);
    return "SHA256:" + text;
}

Result<KnownHosts> KnownHosts::read(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in) {
        return Error{Errc::io, fmt::format("reading known host keys: {} cannot be read", file)};
    }
    return parse(text, file);
}

Result<KnownHosts> KnownHosts::parse(std::string_view text, std::string file) {
    KnownHosts known;
    known.file_ = std::move(file);
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view rest = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (rest.ends_with('\r')) {
            rest.remove_suffix(1);
        }
        auto word = next_word(rest);
        if (word.empty() || word.starts_with('#') || word == "@cert-authority") {
            continue;
        }
        Line line;
        line.number = number;
        line.is_revoked = word == "@revoked";
        line.names = line.is_revoked ? next_word(rest) : word;
        const auto type = next_word(rest);
        auto blob = from_base64(next_word(rest));
        if (!blob || blob->empty() || type_of(*blob) != type || line.names.starts_with('@')) {
            return Error{
                Errc::malformed,
                fmt::format(
                    "reading known host keys: {}:{}: not a line of known_hosts", known.file_, number
                )};
        }
        line.blob = std::move(*blob);
        known.lines_.push_back(std::move(line));
    }
    return known;
}

Status KnownHosts::check(const HostKey& key) const {
    const std::string host = lowered(key.host);
    const std::string name = key.port == 22 ? host : fmt::format("[{}]:{}", host, key.port);
    const auto shown = fmt::format("host key {} ({})", fingerprint(key.blob), type_of(key.blob));
    const Line* found = nullptr;
    std::optional<int> other;
    for (const auto& line : lines_) {
        const bool is_same = line.blob == key.blob;
        if ((!is_same && other) || !names_host(line.names, name)) {
            continue;
        }
        if (is_same && line.is_revoked) {
            return Error{
                Errc::untrusted_peer,
                fmt::format("{} of {} is revoked by {}:{}", shown, name, file_, line.number)};
        }
        if (is_same) {
            found = &line;
        } else if (!line.is_revoked) {
            other = line.number;
        }
    }
    if (found != nullptr) {
        return {};
    }
    if (other) {
        return Error{
            Errc::untrusted_peer,
            fmt::format(
                "{} of {} is not the one pinned in {}:{}; either the server has a "
                "new key or another one than the server answers",
                shown,
                name,
                file_,
                *other
            )};
    }
    return Error{
        Errc::untrusted_peer,
        fmt::format(
            "{} of {} is not in {}; compare it with the server's and add it there",
            shown,
            name,
            file_
        )};
}

} // namespace seakeeper::ssh
