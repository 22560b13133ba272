// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "folder.hpp"

#include <git2.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace seakeeper::test {

/// One entry of a tree, written as given: names and modes that git itself would refuse too.
struct Entry {
    unsigned mode;
    std::string name;
    git_oid id;
};

/// A bare repository whose objects are written raw, so that they may be hostile.
class Repository {
public:
    explicit Repository(const std::string& path) {
        git_libgit2_init();
        check(git_repository_init(&repository_, path.c_str(), 1));
        check(git_repository_odb(&objects_, repository_));
    }
    Repository(const Repository&) = delete;
    Repository& operator=(const Repository&) = delete;
    ~Repository() {
        git_odb_free(objects_);
        git_repository_free(repository_);
    }

    git_oid blob(const std::string& bytes) { return write(bytes, GIT_OBJECT_BLOB); }
    git_oid tree(const std::vector<Entry>& entries) {
        std::string bytes;
        for (const auto& entry : entries) {
            char mode[16];
            std::snprintf(mode, sizeof mode, "%o ", entry.mode);
            bytes += mode + entry.name + '\0';
            bytes.append(reinterpret_cast<const char*>(entry.id.id), GIT_OID_RAWSZ);
        }
        return write(bytes, GIT_OBJECT_TREE);
    }
    /// The commit's id as text; moves refs/meta/config there. No parent: `parent` is empty.
    std::string commit(const git_oid& tree, const std::string& parent = {}) {
        std::string bytes = "tree " + text(tree) + "\n";
        bytes += parent.empty() ? "" : "parent " + parent + "\n";
        bytes += "author A <a@example.com> 1700000000 +0000\n"
                 "committer A <a@example.com> 1700000000 +0000\n\nconfig\n";
        const git_oid id = write(bytes, GIT_OBJECT_COMMIT);
        point("refs/meta/config", id);
        return text(id);
    }
    void point(const char* ref, const git_oid& id) {
        git_reference* reference = nullptr;
        check(git_reference_create(&reference, repository_, ref, &id, 1, nullptr));
        git_reference_free(reference);
    }
    void remove(const char* ref) { check(git_reference_remove(repository_, ref)); }

    static std::string text(const git_oid& id) {
        char out[GIT_OID_HEXSZ + 1];
        return git_oid_tostr(out, sizeof out, &id);
    }
    static git_oid id(const std::string& text) {
        git_oid out{};
        check(git_oid_fromstr(&out, text.c_str()));
        return out;
    }

private:
    static void check(int code) {
        if (code < 0) {
            throw std::runtime_error{git_error_last()->message};
        }
    }
    git_oid write(const std::string& bytes, git_object_t type) {
        git_oid id{};
        check(git_odb_write(&id, objects_, bytes.data(), bytes.size(), type));
        return id;
    }

    git_repository* repository_ = nullptr;
    git_odb* objects_ = nullptr;
};

} // namespace seakeeper::test
