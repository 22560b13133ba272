// SPDX-License-Identifier: Apache-2.0
#include "libgit2/handles.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/git/snapshot.hpp>

#include <fmt/core.h>

namespace seakeeper::libgit2 {
namespace {

constexpr std::size_t most_files = 10'000;
constexpr std::size_t most_bytes = 1 << 20;

struct Walk {
    git_repository* repository;
    git::ConfigSnapshot snapshot;
    Error error;
};

bool is_wanted(std::string_view path) {
    return path == "project.config" || path.ends_with(".yaml") || path.ends_with(".yml");
}

bool is_file(const git_tree_entry* entry) {
    const auto mode = git_tree_entry_filemode(entry);
    return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

Status add(Walk& walk, const std::string& path, const git_tree_entry* entry) {
    if (walk.snapshot.files.size() >= most_files) {
        return Error{Errc::limit_exceeded, fmt::format("more than {} YAML files", most_files)};
    }
    git_blob* raw = nullptr;
    if (const int code = git_blob_lookup(&raw, walk.repository, git_tree_entry_id(entry));
        code < 0) {
        return last_error(code, "reading a blob");
    }
    const Owned<git_blob> blob{raw};
    const auto size = static_cast<std::size_t>(git_blob_rawsize(raw));
    if (size > most_bytes) {
        return Error{
            Errc::limit_exceeded,
            fmt::format("{} has {} bytes, at most {}", path, size, most_bytes)};
    }
    const auto* bytes = static_cast<const char*>(git_blob_rawcontent(raw));
    walk.snapshot.files[path] = {text_of(*git_blob_id(raw)), std::string{bytes, size}};
    return {};
}

int visit(const char* root, const git_tree_entry* entry, void* payload) {
    auto& walk = *static_cast<Walk*>(payload);
    const auto path = std::string{root} + git_tree_entry_name(entry);
    if (!is_file(entry) || !is_wanted(path) || git::path_fault(path) != nullptr) {
        return 0;
    }
    if (auto added = add(walk, path, entry); !added) {
        walk.error = added.error();
        return -1;
    }
    return 0;
}

Result<git::ConfigSnapshot> read(const std::string& path, const std::string& revision) {
    git_repository* repository = nullptr;
    constexpr unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH;
    if (const int code = git_repository_open_ext(&repository, path.c_str(), flags, nullptr);
        code < 0) {
        return last_error(code, "opening it");
    }
    const Owned<git_repository> owner{repository};
    git_object* object = nullptr;
    if (const int code = git_revparse_single(&object, repository, revision.c_str()); code < 0) {
        return Error{Errc::not_found, fmt::format("it has no revision {}", quoted(revision))};
    }
    git_object* commit = nullptr;
    const int peeled = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    git_object_free(object);
    if (peeled < 0) {
        return Error{Errc::not_found, fmt::format("{} is no commit", quoted(revision))};
    }
    Walk walk{repository, {}, {}};
    walk.snapshot.commit = CommitId::parse(text_of(*git_object_id(commit))).value();
    git_object* tree = nullptr;
    const int code = git_object_peel(&tree, commit, GIT_OBJECT_TREE);
    git_object_free(commit);
    if (code < 0) {
        return last_error(code, "reading its tree");
    }
    const Owned<git_tree> root{reinterpret_cast<git_tree*>(tree)};
    if (git_tree_walk(root.get(), GIT_TREEWALK_PRE, visit, &walk) < 0) {
        return walk.error.message.empty() ? last_error(-1, "reading its tree") : walk.error;
    }
    return std::move(walk.snapshot);
}

} // namespace
} // namespace seakeeper::libgit2

namespace seakeeper::git {

Result<ConfigSnapshot> read_snapshot(const std::string& repository, const std::string& revision) {
    libgit2::start_library({});
    auto read = libgit2::read(repository, revision);
    if (!read) {
        return std::move(read).error().within(
            fmt::format("reading {} of {}", quoted(revision), quoted(repository))
        );
    }
    return read;
}

std::string blob_id(std::string_view bytes) {
    libgit2::start_library({});
    git_oid id{};
    git_odb_hash(&id, bytes.data(), bytes.size(), GIT_OBJECT_BLOB);
    return libgit2::text_of(id);
}

} // namespace seakeeper::git
