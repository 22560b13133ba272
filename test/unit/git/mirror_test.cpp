// SPDX-License-Identifier: Apache-2.0
#include "../../support/run.hpp"
#include "repository.hpp"

#include <seakeeper/git/mirror.hpp>

#include <doctest/doctest.h>

#include <fstream>

using namespace seakeeper;

namespace {

constexpr unsigned file = 0100644;
constexpr unsigned program = 0100755;
constexpr unsigned folder = 0040000;
constexpr unsigned symlink_mode = 0120000;
constexpr unsigned module = 0160000;

Deadline soon() {
    return Deadline::in(std::chrono::seconds{20});
}

/// A server's repository demo/app, and a mirror of it.
struct Site {
    test::Folder home;
    boost::asio::io_context context;
    std::string served = home.path + "/served";
    test::Repository repository{served + "/demo/app"};
    ProjectName project = ProjectName::parse("demo/app").value();
    std::unique_ptr<git::Definitions> mirror = make();

    git::MirrorOptions options() const {
        git::MirrorOptions options;
        options.folder = home.path + "/mirror";
        options.base_url = "file://" + served;
        return options;
    }
    std::unique_ptr<git::Definitions> make() {
        return git::make_mirror(context.get_executor(), options());
    }
    Result<CommitId> tip() { return test::run(context, mirror->tip(project, soon())); }
    Result<git::Blob> read(const std::string& commit, const std::string& path) {
        const auto id = CommitId::parse(commit).value();
        return test::run(context, mirror->read(project, id, path, soon()));
    }
    Result<std::vector<std::string>> list(const std::string& commit, const std::string& path) {
        const auto id = CommitId::parse(commit).value();
        return test::run(context, mirror->list(project, id, path, soon()));
    }
    Result<bool> is_forward(const std::string& from, const std::string& to) {
        const git::Step step{CommitId::parse(from).value(), CommitId::parse(to).value()};
        return test::run(context, mirror->is_fast_forward(project, step, soon()));
    }
    /// A commit with `bytes` at seakeeper.yaml.
    std::string commit(const std::string& bytes, const std::string& parent = {}) {
        const auto blob = repository.blob(bytes);
        return repository.commit(repository.tree({{file, "seakeeper.yaml", blob}}), parent);
    }
};

} // namespace

TEST_SUITE("git") {
    TEST_CASE("a file is read at the commit that is asked for, whatever the tip is now") {
        Site site;
        const auto first = site.commit("one");
        CHECK(site.tip()->str() == first);
        const auto second = site.commit("two", first);
        CHECK(site.tip()->str() == second);
        const auto old = site.read(first, "seakeeper.yaml");
        REQUIRE_MESSAGE(old, old);
        CHECK(old->bytes == "one");
        CHECK(old->id == "43dd47ea691c90a5fa7827892c70241913351963"); // git hash-object
        CHECK(site.read(second, "seakeeper.yaml")->bytes == "two");
    }

    TEST_CASE("a commit that is not here yet is fetched, one that is needs no server") {
        Site site;
        const auto first = site.commit("one");
        CHECK(site.read(first, "seakeeper.yaml")->bytes == "one");
        std::filesystem::remove_all(site.served);
        site.mirror = site.make();
        CHECK(site.read(first, "seakeeper.yaml")->bytes == "one");
        CHECK_FALSE(site.tip());
        const auto other = site.read(std::string(40, 'a'), "seakeeper.yaml");
        CHECK_FALSE(other);
    }

    TEST_CASE("a commit of another branch is not read, even where its objects are here") {
        Site site;
        const auto tree = site.repository.tree({{file, "secret", site.repository.blob("x")}});
        const auto branch = site.repository.commit(tree); // moves refs/meta/config for a moment
        site.repository.point("refs/heads/master", test::Repository::id(branch));
        site.commit("one");
        REQUIRE(site.tip()); // libgit2 copies all objects from file:// repositories
        const auto secret = site.read(branch, "secret");
        REQUIRE_FALSE(secret);
        CHECK(secret.error().is(Errc::not_found));
    }

    TEST_CASE("a project without configuration is not found, also when it had one before") {
        Site site;
        CHECK(site.tip().error().is(Errc::not_found));
        site.commit("one");
        CHECK(site.tip());
        site.repository.remove("refs/meta/config");
        CHECK(site.tip().error().is(Errc::not_found));
        site.project = ProjectName::parse("demo/none").value();
        const auto none = site.tip();
        REQUIRE_FALSE(none);
        CHECK(none.error().message.find("demo/none") != std::string::npos);
    }

    TEST_CASE("a rewound or forced tip is told from one that moved forward") {
        Site site;
        const auto first = site.commit("one");
        const auto second = site.commit("two", first);
        REQUIRE(site.tip());
        const auto forced = site.commit("three", first);
        REQUIRE(site.tip());
        CHECK(*site.is_forward(first, second));
        CHECK(*site.is_forward(second, second));
        CHECK_FALSE(*site.is_forward(second, first));
        CHECK_FALSE(*site.is_forward(second, forced));
        CHECK_FALSE(*site.is_forward(std::string(40, 'a'), forced));
        CHECK_FALSE(site.is_forward(first, std::string(40, 'a')));
    }

    TEST_CASE("A79: nothing but regular files is read") {
        Site site;
        auto& r = site.repository;
        const auto blob = r.blob("content");
        const auto inner =
            r.tree({{file, "deep.yaml", blob}, {symlink_mode, "out", r.blob("/etc/passwd")}});
        const auto other = test::Repository::id(std::string(40, 'b'));
        const auto top = r.tree(
            {{file, "plain", blob},
             {program, "run", blob},
             {0100664, "group", blob},
             {symlink_mode, "s", r.blob("../../etc/passwd")},
             {module, "sub", other},
             {file, "tree-as-file", inner},
             {file, "twice", blob},
             {file, "twice", r.blob("other")},
             {folder, "workflows", inner}}
        );
        const auto commit = r.commit(top);
        CHECK(site.read(commit, "plain")->bytes == "content");
        CHECK(site.read(commit, "run")->bytes == "content");
        CHECK(site.read(commit, "workflows/deep.yaml")->bytes == "content");
        struct Row {
            const char* path;
            Errc errc;
        };
        const Row rows[] = {
            {"s", Errc::refused},
            {"s/x", Errc::refused},
            {"sub", Errc::refused},
            {"sub/x", Errc::refused},
            {"workflows", Errc::refused},
            {"workflows/out", Errc::refused},
            {"group", Errc::refused},
            {"plain/x", Errc::refused},
            {"tree-as-file", Errc::refused},
            {"twice", Errc::refused},
            {"none", Errc::not_found},
            {"none/x", Errc::not_found},
            {"Plain", Errc::not_found},
            {"workflows/none", Errc::not_found},
            {"../x", Errc::malformed},
            {"workflows/../plain", Errc::malformed},
            {"/plain", Errc::malformed},
            {".git/config", Errc::malformed},
            {"workflows/", Errc::malformed},
            {"", Errc::malformed},
        };
        for (const auto& row : rows) {
            CAPTURE(row.path);
            const auto read = site.read(commit, row.path);
            REQUIRE_FALSE(read);
            CHECK_MESSAGE(read.error().is(row.errc), read);
        }
        CHECK(*site.list(commit, "workflows") == std::vector<std::string>{"workflows/deep.yaml"});
        CHECK(site.list(commit, "none")->empty());
        CHECK(site.list(commit, "s").error().is(Errc::refused));
        CHECK(site.list(commit, "../x").error().is(Errc::malformed));
    }

    TEST_CASE("A82: sizes are limited") {
        Site site;
        auto& r = site.repository;
        const auto at = r.blob(std::string(1 << 20, 'x'));
        const auto above = r.blob(std::string((1 << 20) + 1, 'x'));
        std::vector<test::Entry> entries;
        for (int i = 0; i < 4'096; ++i) {
            char name[8];
            std::snprintf(name, sizeof name, "f%05d", i);
            entries.push_back({file, name, at});
        }
        const auto full = r.tree(entries);
        entries.push_back({file, "g", at});
        const auto fuller = r.tree(entries);
        entries.assign(200'000, {file, std::string(20, 'z'), at});
        const auto huge = r.tree(entries);
        const auto commit = r.commit(r.tree(
            {{file, "above", above},
             {file, "at", at},
             {folder, "full", full},
             {folder, "fuller", fuller},
             {folder, "huge", huge}}
        ));
        CHECK(site.read(commit, "at")->bytes.size() == 1 << 20);
        CHECK(site.read(commit, "above").error().is(Errc::limit_exceeded));
        CHECK(site.read(commit, "full/f04095"));
        CHECK(site.list(commit, "full")->size() == 4'096);
        CHECK(site.read(commit, "fuller/g").error().is(Errc::limit_exceeded));
        CHECK(site.list(commit, "fuller").error().is(Errc::limit_exceeded));
        CHECK(site.read(commit, "huge/z").error().is(Errc::limit_exceeded));
    }

    TEST_CASE("configuration of this machine does not redirect a fetch") {
        Site site;
        site.commit("one");
        std::ofstream{site.home.path + "/.gitconfig"}
            << "[url \"file:///nowhere\"]\n\tinsteadOf = file://\n";
        setenv("HOME", site.home.path.c_str(), 1);
        CHECK(site.tip());
    }

    TEST_CASE("a deadline that has passed ends a call") {
        Site site;
        site.commit("one");
        const auto late = test::run(
            site.context, site.mirror->tip(site.project, Deadline::in(std::chrono::seconds{-1}))
        );
        REQUIRE_FALSE(late);
        CHECK(late.error().is(Errc::timed_out));
    }

    TEST_CASE("a set-up that can never work is refused") {
        boost::asio::io_context context;
        for (const std::string url :
             {"",
              "gerrit.example",
              "ftp://x",
              "https://bot@x",
              "file://x",
              "ssh://gerrit.example:29418"}) {
            CAPTURE(url);
            git::MirrorOptions options;
            options.folder = "/nonexistent";
            options.base_url = url;
            CHECK_THROWS_AS(git::make_mirror(context.get_executor(), options), Exception);
        }
    }
}
