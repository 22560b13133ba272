// SPDX-License-Identifier: Apache-2.0
#include "libgit2/tree.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace seakeeper::libgit2 {
namespace {

constexpr unsigned mode_file = 0100644;
constexpr unsigned mode_program = 0100755;
constexpr unsigned mode_folder = 0040000;

constexpr std::size_t most_files = 1'000;
constexpr std::size_t most_bytes = 16u << 20;
constexpr auto deepest = 16;

bool is_yaml(std::string_view name) {
    return name.ends_with(".yaml") || name.ends_with(".yml");
}

std::size_t bytes_in(const git::Files& files) {
    std::size_t bytes = 0;
    for (const auto& file : files) {
        bytes += file.second.size();
    }
    return bytes;
}

bool is_file(unsigned mode) {
    return mode == mode_file || mode == mode_program;
}

unsigned mode_of(const git_tree_entry* entry) {
    return static_cast<unsigned>(git_tree_entry_filemode_raw(entry));
}

Error refused_mode(std::string_view name, unsigned mode) {
    const char* what = mode == 0120000       ? "a symbolic link"
                       : mode == 0160000     ? "a submodule"
                       : mode == mode_folder ? "a folder"
                                             : "no regular file";
    return {Errc::refused, fmt::format("{} is {} (mode {:o})", quoted(name), what, mode)};
}

bool is_configuration(git_repository& repository, const git_oid& commit) {
    git_oid tip{};
    if (git_reference_name_to_id(&tip, &repository, tip_ref(commit).c_str()) == 0) {
        return true;
    }
    const std::string ref{git::config_ref};
    return git_reference_name_to_id(&tip, &repository, ref.c_str()) == 0
           && git_graph_descendant_of(&repository, &tip, &commit) == 1;
}

} // namespace

Result<Snapshot> Snapshot::open(
    git_repository& repository, const CommitId& commit, const git::MirrorOptions& options
) {
    auto snapshot = open_proposed(repository, commit, options);
    if (snapshot && !is_configuration(repository, snapshot->commit_)) {
        return Error{
            Errc::not_found, fmt::format("commit {} is not of refs/meta/config", commit.str())};
    }
    return snapshot;
}

Result<Snapshot> Snapshot::open_proposed(
    git_repository& repository, const CommitId& commit, const git::MirrorOptions& options
) {
    Snapshot snapshot{repository, options};
    const git_oid id = oid_of(commit);
    git_commit* raw = nullptr;
    if (git_commit_lookup(&raw, &repository, &id) < 0) {
        return Error{Errc::not_found, fmt::format("commit {} is not here", commit.str())};
    }
    const Owned<git_commit> owner{raw};
    snapshot.commit_ = id;
    snapshot.root_ = *git_commit_tree_id(raw);
    git_odb* objects = nullptr;
    if (const int code = git_repository_odb(&objects, &repository); code < 0) {
        return last_error(code, "opening the objects");
    }
    snapshot.objects_.reset(objects);
    return snapshot;
}

Result<Owned<git_tree>> Snapshot::tree(const git_oid& id) const {
    std::size_t size = 0;
    git_object_t type{};
    if (const int code = git_odb_read_header(&size, &type, objects_.get(), &id); code < 0) {
        return last_error(code, "reading a tree");
    }
    // Refuses a huge tree before it is unpacked: an entry has at most a mode, a name of a file
    // system and an id.
    const std::size_t most = options_->tree_entries;
    if (type != GIT_OBJECT_TREE || size / 300 > most) {
        return Error{Errc::limit_exceeded, fmt::format("a folder has more than {} entries", most)};
    }
    git_tree* raw = nullptr;
    if (const int code = git_tree_lookup(&raw, repository_, &id); code < 0) {
        return last_error(code, "reading a tree");
    }
    Owned<git_tree> tree{raw};
    if (git_tree_entrycount(raw) > most) {
        return Error{Errc::limit_exceeded, fmt::format("a folder has more than {} entries", most)};
    }
    return tree;
}

Result<const git_tree_entry*> Snapshot::entry(git_tree& tree, std::string_view name) const {
    const git_tree_entry* found = nullptr;
    for (std::size_t i = 0; i < git_tree_entrycount(&tree); ++i) {
        const auto* one = git_tree_entry_byindex(&tree, i);
        if (name != git_tree_entry_name(one)) {
            continue;
        }
        if (found != nullptr) { // git fsck calls it an error; readers differ on which one counts
            return Error{Errc::refused, fmt::format("{} is there twice", quoted(name))};
        }
        found = one;
    }
    if (found == nullptr) {
        return Error{Errc::not_found, fmt::format("{} does not exist", quoted(name))};
    }
    return found;
}

Result<Owned<git_tree>> Snapshot::folder(std::string_view path) const {
    auto here = tree(root_);
    while (here && !path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        const auto found = entry(**here, path.substr(0, end));
        if (!found) {
            return found.error();
        }
        if (mode_of(*found) != mode_folder) {
            return refused_mode(path.substr(0, end), mode_of(*found));
        }
        const git_oid id = *git_tree_entry_id(*found);
        here = tree(id);
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return here;
}

Result<git::Blob> Snapshot::blob(const git_oid& id) const {
    std::size_t size = 0;
    git_object_t type{};
    if (const int code = git_odb_read_header(&size, &type, objects_.get(), &id); code < 0) {
        return last_error(code, "reading a blob");
    }
    if (type != GIT_OBJECT_BLOB) {
        return Error{Errc::refused, "the entry is no blob"};
    }
    if (size > options_->blob_bytes) {
        return Error{
            Errc::limit_exceeded, fmt::format("{} bytes, at most {}", size, options_->blob_bytes)};
    }
    git_blob* raw = nullptr;
    if (const int code = git_blob_lookup(&raw, repository_, &id); code < 0) {
        return last_error(code, "reading a blob");
    }
    const Owned<git_blob> owner{raw};
    const auto* bytes = static_cast<const char*>(git_blob_rawcontent(raw));
    return git::Blob{text_of(id), std::string{bytes, size}};
}

Result<git::Blob> Snapshot::read(const std::string& path) const {
    const auto slash = path.rfind('/');
    const auto parent =
        slash == path.npos ? std::string_view{} : std::string_view{path}.substr(0, slash);
    const auto name =
        slash == path.npos ? std::string_view{path} : std::string_view{path}.substr(slash + 1);
    const auto here = folder(parent);
    if (!here) {
        return here.error();
    }
    const auto found = entry(**here, name);
    if (!found) {
        return found.error();
    }
    if (!is_file(mode_of(*found))) {
        return refused_mode(name, mode_of(*found));
    }
    return blob(*git_tree_entry_id(*found));
}

Result<std::vector<std::string>> Snapshot::list(const std::string& folder_path) const {
    std::vector<std::string> names;
    const auto here = folder(folder_path);
    if (!here) {
        return here.error().is(Errc::not_found) ? Result<std::vector<std::string>>{names}
                                                : here.error();
    }
    for (std::size_t i = 0; i < git_tree_entrycount(here->get()); ++i) {
        const auto* one = git_tree_entry_byindex(here->get(), i);
        auto path = folder_path + (folder_path.empty() ? "" : "/") + git_tree_entry_name(one);
        if (is_file(mode_of(one)) && git::path_fault(path) == nullptr) {
            names.push_back(std::move(path));
        }
    }
    std::ranges::sort(names);
    return names;
}

Status Snapshot::add_files(const git_oid& id, const std::string& path, git::Files& files) const {
    const auto here = tree(id);
    if (!here) {
        return here.error();
    }
    for (std::size_t i = 0; i < git_tree_entrycount(here->get()); ++i) {
        const auto* one = git_tree_entry_byindex(here->get(), i);
        auto name = path + (path.empty() ? "" : "/") + git_tree_entry_name(one);
        if (git::path_fault(name) != nullptr) {
            continue;
        }
        if (mode_of(one) == mode_folder) {
            const auto depth = std::ranges::count(name, '/');
            auto added = depth < deepest ? add_files(*git_tree_entry_id(one), name, files)
                                         : Status{Error{Errc::limit_exceeded, "too deep a folder"}};
            if (!added) {
                return added;
            }
        }
        if (!is_file(mode_of(one)) || !is_yaml(name)) {
            continue;
        }
        auto read = blob(*git_tree_entry_id(one));
        if (!read) {
            return std::move(read).error().within(quoted(name));
        }
        files.insert_or_assign(std::move(name), std::move(read->bytes));
        if (files.size() > most_files || bytes_in(files) > most_bytes) {
            return Error{Errc::limit_exceeded, "more than 1,000 files or 16 MiB"};
        }
    }
    return {};
}

Result<git::Files> Snapshot::files() const {
    git::Files files;
    if (auto added = add_files(root_, {}, files); !added) {
        return added.error();
    }
    return files;
}

Result<bool> Snapshot::descends_from(const CommitId& commit) const {
    const git_oid ancestor = oid_of(commit);
    if (git_oid_equal(&ancestor, &commit_) != 0) {
        return true;
    }
    if (git_odb_exists(objects_.get(), &ancestor) == 0) {
        return false;
    }
    const int code = git_graph_descendant_of(repository_, &commit_, &ancestor);
    if (code < 0) {
        return last_error(code, "walking the history");
    }
    return code == 1;
}

} // namespace seakeeper::libgit2
