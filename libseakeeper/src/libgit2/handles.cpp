// SPDX-License-Identifier: Apache-2.0
#include "libgit2/handles.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <array>
#include <mutex>

namespace seakeeper::libgit2 {
namespace {

void check(int code, std::string_view doing) {
    if (code < 0) {
        throw Exception{last_error(code, doing)};
    }
}

void start_once() {
    check(git_libgit2_init(), "starting libgit2");
    for (const auto level :
         {GIT_CONFIG_LEVEL_PROGRAMDATA,
          GIT_CONFIG_LEVEL_SYSTEM,
          GIT_CONFIG_LEVEL_XDG,
          GIT_CONFIG_LEVEL_GLOBAL}) {
        check(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, ""), "starting libgit2");
    }
}

Errc errc_of(int code, int klass, std::string_view text) {
    const auto says = [&](std::string_view word) { return text.find(word) != text.npos; };
    if (code == GIT_ECERTIFICATE || klass == GIT_ERROR_SSL) {
        return Errc::untrusted_peer;
    }
    if (code == GIT_EAUTH || says("status code: 401")) {
        return Errc::unauthenticated;
    }
    // Gerrit answers the same for what is not there and for what we may not see: 403 over HTTP
    // (3.10.2), "not found" over SSH.
    if (code == GIT_ENOTFOUND || says("status code: 403") || says("status code: 404")
        || says("not found")) {
        return Errc::not_found;
    }
    if (code == GIT_EUSER) {
        return Errc::cancelled;
    }
    const bool is_peer = klass == GIT_ERROR_NET || klass == GIT_ERROR_HTTP || klass == GIT_ERROR_SSH
                         || code == GIT_EEOF;
    return is_peer ? Errc::unavailable : Errc::io;
}

} // namespace

void start_library(const std::string& ca_pem_file) {
    static std::once_flag once;
    std::call_once(once, start_once);
    if (!ca_pem_file.empty()) {
        check(
            git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, ca_pem_file.c_str(), nullptr),
            "reading " + ca_pem_file
        );
    }
}

Error last_error(int code, std::string_view doing) {
    const git_error* last = git_error_last();
    const std::string_view text = last == nullptr ? "no reason given" : last->message;
    return {
        errc_of(code, last == nullptr ? 0 : last->klass, text),
        fmt::format("{}: {}", doing, quoted(text))};
}

git_oid oid_of(const CommitId& commit) {
    git_oid oid{};
    git_oid_fromstr(&oid, commit.str().c_str()); // 40 digits by construction
    return oid;
}

std::string text_of(const git_oid& oid) {
    std::array<char, GIT_OID_HEXSZ + 1> text{};
    git_oid_tostr(text.data(), text.size(), &oid);
    return text.data();
}

std::string tip_ref(const git_oid& tip) {
    return "refs/seakeeper/tips/" + text_of(tip);
}

Result<Owned<git_repository>> open_mirror(const std::string& path) {
    git_repository* raw = nullptr;
    int code = git_repository_open_bare(&raw, path.c_str());
    if (code == GIT_ENOTFOUND) {
        git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
        options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
        code = git_repository_init_ext(&raw, path.c_str(), &options);
    }
    if (code < 0) {
        return Error{Errc::io, last_error(code, "opening the mirror " + path).message};
    }
    return Owned<git_repository>{raw};
}

} // namespace seakeeper::libgit2
