// SPDX-License-Identifier: Apache-2.0
#include "http/transport.hpp"

#include <seakeeper/core/text.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace seakeeper::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return lower(x) == lower(y);
    });
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'
           || c == '.' || c == '_' || c == '~';
}

Error bad_url(std::string_view text, std::string_view cause) {
    return Error{Errc::malformed, "reading URL " + quoted(text) + ": " + std::string{cause}};
}

struct Authority {
    std::string_view host;
    std::string_view port; ///< empty: the scheme's
};

std::optional<Authority> split_authority(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && (rest.size() == 1 || rest.front() != ':')) {
            return std::nullopt;
        }
        return Authority{text.substr(1, end - 1), rest.empty() ? rest : rest.substr(1)};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        return Authority{text, {}};
    }
    if (colon + 1 == text.size()) {
        return std::nullopt;
    }
    return Authority{text.substr(0, colon), text.substr(colon + 1)};
}

bool is_host(std::string_view text, bool is_v6) {
    return !text.empty() && text.size() <= 255
           && std::all_of(text.begin(), text.end(), [&](char c) {
                  const bool is_hex =
                      (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
                  return is_v6 ? is_hex || c == ':' || c == '.' : is_unreserved(c);
              });
}

std::optional<std::chrono::seconds> http_date(std::string_view text) {
    std::tm parts{};
    const std::string copy{text};
    const char* end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') {
        return std::nullopt;
    }
    return std::chrono::seconds{::timegm(&parts)};
}

} // namespace

std::string_view Response::header(std::string_view name) const {
    for (const Header& header : headers) {
        if (equal_ignoring_case(header.name, name)) {
            return header.value;
        }
    }
    return {};
}

std::optional<std::chrono::seconds> Response::retry_after(const Clock& clock) const {
    const std::string_view text = header("Retry-After");
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) {
        return std::chrono::seconds{seconds};
    }
    const auto date = http_date(text);
    if (!date) {
        return std::nullopt;
    }
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock.wall().time_since_epoch());
    return std::max(*date - now, std::chrono::seconds{0});
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    std::string_view rest = text;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        url.is_tls = false;
        url.port = 80;
        rest.remove_prefix(7);
    } else {
        return bad_url(text, "it has to start with https:// or http://");
    }
    const auto slash = rest.find('/');
    const std::string_view authority = rest.substr(0, slash);
    std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return bad_url(text, "a query or fragment has no place here");
    }
    if (authority.find('@') != std::string_view::npos) {
        return bad_url("(not shown)", "user information has no place here");
    }
    const auto parts = split_authority(authority);
    if (!parts || !is_host(parts->host, authority.starts_with('['))) {
        return bad_url(text, "the host is not a name or an address");
    }
    if (!parts->port.empty()) {
        const char* last = parts->port.data() + parts->port.size();
        const auto [end, error] = std::from_chars(parts->port.data(), last, url.port);
        if (error != std::errc{} || end != last || url.port == 0) {
            return bad_url(text, "the port is not a number from 1 to 65535");
        }
    }
    if (std::any_of(path.begin(), path.end(), [](char c) { return c <= 0x20 || c >= 0x7f; })) {
        return bad_url(text, "the path holds a character that is not percent-encoded");
    }
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    url.host = parts->host;
    url.path = path;
    return url;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

} // namespace seakeeper::http
