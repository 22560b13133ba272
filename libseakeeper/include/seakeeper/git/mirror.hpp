// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/secret.hpp>
#include <seakeeper/git/definitions.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace seakeeper::git {

/// Where the repositories are and how we log in.
struct MirrorOptions {
    /// Bare mirrors are kept here, one folder per project, made by us alone.
    std::string folder;
    /// The project's name is appended after a '/': "https://gerrit.example/r/a",
    /// "ssh://gerrit.example:29418", "file:///srv/git" (tests). Never holds credentials.
    std::string base_url;
    std::string user;
    Secret password;         ///< https and http
    std::string ca_pem_file; ///< empty: the machine's trust store. TLS is always verified
    std::string key_file;    ///< ssh: private key without passphrase, PUB file beside it not needed
    std::string known_hosts_file; ///< ssh: the only host keys believed
    std::size_t blob_bytes = 1 << 20;
    std::size_t fetch_bytes = 256u << 20; ///< of one fetch
    std::size_t tree_entries = 4'096;     ///< of one folder
    unsigned threads = 2;                 ///< libgit2 blocks: fetches run on a pool this large
};

/// Mirrors by libgit2 of refs/meta/config alone. Awaits come back on `executor`. Throws Exception
/// for a base URL, folder or key that can never work. A fetch whose server stays silent cannot be
/// interrupted in libgit2 1.5: its caller gets timed_out, its thread stays busy, and destruction
/// leaves it behind after 3 s. A server advertises every ref at each tip(): where it has many,
/// learn tips by REST and call read(), which asks the server only for a commit that is not here.
/// Takes libgit2 of this process away from the machine's git configuration.
SEAKEEPER_API std::unique_ptr<Definitions>
make_mirror(asio::any_io_executor executor, MirrorOptions options);

} // namespace seakeeper::git
