// SPDX-License-Identifier: Apache-2.0
#include "libgit2/fetch.hpp"

#include "ssh/known_hosts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace seakeeper::libgit2 {
namespace {

/// The last proposal that was looked at; keeps its objects from being collected meanwhile.
constexpr std::string_view proposed_ref = "refs/seakeeper/proposed";

/// What the callbacks of one fetch know, and why they ended it.
struct Attempt {
    const Peer& peer;
    bool has_tried = false;
    std::optional<Error> reason;

    int fail(Error why, int code) {
        reason = std::move(why);
        return code;
    }
};

int give_credential(
    git_credential** out, const char*, const char*, unsigned allowed, void* payload
) {
    auto& attempt = *static_cast<Attempt*>(payload);
    const auto& options = attempt.peer.options;
    if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) {
        return git_credential_username_new(out, options.user.c_str());
    }
    if (std::exchange(attempt.has_tried, true)) { // asked again: the first answer was refused
        return attempt.fail({Errc::unauthenticated, "the server refuses our login"}, GIT_EAUTH);
    }
    if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0 && !options.key_file.empty()) {
        return git_credential_ssh_key_new(
            out, options.user.c_str(), nullptr, options.key_file.c_str(), nullptr
        );
    }
    if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0 && !options.password.empty()) {
        const std::string_view password =
            options.password.reveal(); // of a std::string: ends in NUL
        return git_credential_userpass_plaintext_new(out, options.user.c_str(), password.data());
    }
    return attempt.fail(
        {Errc::unauthenticated, "the server wants a login and we have none"}, GIT_EAUTH
    );
}

/// host and port of "ssh://[user@]host[:port]/...".
ssh::HostKey host_key_of(const std::string& url, const git_cert_hostkey& cert) {
    std::string_view rest = url;
    rest.remove_prefix(std::min(rest.find("://"), rest.size() - 3) + 3);
    rest = rest.substr(0, rest.find('/'));
    rest.remove_prefix(rest.find('@') == rest.npos ? 0 : rest.find('@') + 1);
    const auto colon = rest.rfind(':');
    ssh::HostKey key;
    if (colon != rest.npos && !rest.ends_with(']')) {
        std::from_chars(rest.data() + colon + 1, rest.data() + rest.size(), key.port);
        rest = rest.substr(0, colon);
    }
    if (rest.starts_with('[') && rest.ends_with(']')) {
        rest = rest.substr(1, rest.size() - 2);
    }
    key.host = rest;
    key.blob.assign(cert.hostkey, cert.hostkey_len);
    return key;
}

int check_certificate(git_cert* cert, int is_valid, const char*, void* payload) {
    auto& attempt = *static_cast<Attempt*>(payload);
    if (cert->cert_type == GIT_CERT_X509) {
        return is_valid != 0
                   ? 0
                   : attempt.fail(
                       {Errc::untrusted_peer, "its certificate is not valid"}, GIT_ECERTIFICATE
                   );
    }
    const auto* host = reinterpret_cast<const git_cert_hostkey*>(cert);
    if (cert->cert_type != GIT_CERT_HOSTKEY_LIBSSH2 || (host->type & GIT_CERT_SSH_RAW) == 0) {
        return attempt.fail({Errc::untrusted_peer, "it shows no host key"}, GIT_ECERTIFICATE);
    }
    const auto known = ssh::KnownHosts::read(attempt.peer.options.known_hosts_file);
    if (!known) {
        return attempt.fail(known.error(), GIT_ECERTIFICATE);
    }
    if (auto trusted = known->check(host_key_of(attempt.peer.url, *host)); !trusted) {
        return attempt.fail(trusted.error(), GIT_ECERTIFICATE);
    }
    return 0;
}

int watch_transfer(const git_indexer_progress* progress, void* payload) {
    auto& attempt = *static_cast<Attempt*>(payload);
    const auto& peer = attempt.peer;
    if (peer.is_stopped()) {
        return attempt.fail({Errc::cancelled, "stopped"}, GIT_EUSER);
    }
    if (peer.until.passed()) {
        return attempt.fail({Errc::timed_out, "no answer in time"}, GIT_EUSER);
    }
    if (progress->received_bytes > peer.options.fetch_bytes) {
        return attempt.fail(
            {Errc::limit_exceeded,
             fmt::format("more than {} bytes for refs/meta/config", peer.options.fetch_bytes)},
            GIT_EUSER
        );
    }
    return 0;
}

git_fetch_options fetch_options(Attempt& attempt) {
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    options.update_fetchhead = 0;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.callbacks.credentials = give_credential;
    options.callbacks.certificate_check = check_certificate;
    options.callbacks.transfer_progress = watch_transfer;
    options.callbacks.payload = &attempt;
    return options;
}

Error failure(Attempt& attempt, int code) {
    const auto doing = "fetching refs/meta/config from " + attempt.peer.url;
    if (attempt.reason) {
        return std::move(*attempt.reason).within(doing);
    }
    return last_error(code, doing);
}

/// Without `url.*.insteadOf`: the configured URL is the one that is asked. The search for it also
/// leaks 20 KB for every variable of the repository's configuration that does not match
/// (libgit2 1.5 with PCRE2: git_regexp_match gives its match data back only where something
/// matched).
Result<Owned<git_remote>> remote_of(git_repository& repository, Attempt& attempt) {
    git_remote_create_options options = GIT_REMOTE_CREATE_OPTIONS_INIT;
    options.repository = &repository;
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF;
    git_remote* raw = nullptr;
    const int code = git_remote_create_with_opts(&raw, attempt.peer.url.c_str(), &options);
    if (code < 0) {
        return failure(attempt, code);
    }
    return Owned<git_remote>{raw};
}

/// The advertised refs/meta/config; nothing if there is none.
Result<git_oid> advertised_tip(git_remote& remote, Attempt& attempt) {
    const git_remote_head** heads = nullptr;
    std::size_t count = 0;
    if (const int code = git_remote_ls(&heads, &count, &remote); code < 0) {
        return failure(attempt, code);
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (heads[i]->name == git::config_ref) {
            return heads[i]->oid;
        }
    }
    return Error{
        Errc::not_found,
        "fetching refs/meta/config from " + attempt.peer.url
            + ": it has none, or we may not read it"};
}

bool is_here(git_repository& repository, const git_oid& commit) {
    git_commit* raw = nullptr;
    const int code = git_commit_lookup(&raw, &repository, &commit);
    const Owned<git_commit> owner{raw};
    return code == 0;
}

/// Points refs/meta/config at the tip, and a name of its own, so that what was a tip once is known
/// to have been one after it was rewound.
Status keep_tip(git_repository& repository, const git_oid& tip) {
    for (const auto& name : {std::string{git::config_ref}, tip_ref(tip)}) {
        git_reference* raw = nullptr;
        const int code = git_reference_create(&raw, &repository, name.c_str(), &tip, 1, nullptr);
        git_reference_free(raw);
        if (code < 0) {
            return last_error(code, "keeping a tip of refs/meta/config");
        }
    }
    return {};
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/'
           || c == '-' || c == '_' || c == '.' || c == '~';
}

} // namespace

std::string project_url(const std::string& base_url, const ProjectName& project) {
    std::string url = base_url;
    url += url.ends_with('/') ? "" : "/";
    if (!base_url.starts_with("http")) {
        return url + project.str();
    }
    for (const char c : project.str()) {
        url += is_unreserved(c) ? std::string(1, c)
                                : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return url;
}

Status fetch_change(git_repository& repository, const Peer& peer, const RefName& ref) {
    Attempt attempt{peer, false, {}};
    const auto remote = remote_of(repository, attempt);
    if (!remote) {
        return remote.error();
    }
    auto options = fetch_options(attempt);
    std::string spec = "+" + ref.str() + ":" + std::string{proposed_ref};
    char* specs[] = {spec.data()};
    const git_strarray wanted{specs, 1};
    if (const int code = git_remote_fetch(remote->get(), &wanted, &options, nullptr); code < 0) {
        return failure(attempt, code);
    }
    return {};
}

Result<CommitId> fetch_config(git_repository& repository, const Peer& peer) {
    Attempt attempt{peer, false, {}};
    const auto remote = remote_of(repository, attempt);
    if (!remote) {
        return remote.error();
    }
    auto options = fetch_options(attempt);
    git_remote_connect_options connecting = GIT_REMOTE_CONNECT_OPTIONS_INIT;
    connecting.callbacks = options.callbacks;
    connecting.follow_redirects = options.follow_redirects;
    if (const int code = git_remote_connect_ext(remote->get(), GIT_DIRECTION_FETCH, &connecting);
        code < 0) {
        return failure(attempt, code);
    }
    const auto tip = advertised_tip(**remote, attempt);
    if (!tip) {
        return tip.error();
    }
    if (!is_here(repository, *tip)) {
        std::string spec = "+refs/meta/config:refs/meta/config";
        char* specs[] = {spec.data()};
        const git_strarray wanted{specs, 1};
        if (const int code = git_remote_fetch(remote->get(), &wanted, &options, nullptr);
            code < 0) {
            return failure(attempt, code);
        }
    }
    if (auto kept = keep_tip(repository, *tip); !kept) {
        return kept.error();
    }
    return CommitId::parse(text_of(*tip));
}

} // namespace seakeeper::libgit2
