// SPDX-License-Identifier: Apache-2.0
// refs/meta/config from a real Gerrit: over HTTP and SSH, with good and with wrong credentials.
#include "../support/run.hpp"
#include "../unit/git/folder.hpp"

#include <seakeeper/git/mirror.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace seakeeper;

namespace {

namespace json = boost::json;

json::value stack() {
    const char* folder = std::getenv("SEAKEEPER_STACK_DIR");
    REQUIRE(folder != nullptr);
    std::ifstream in{std::string{folder} + "/stack.json"};
    return json::parse(std::string{std::istreambuf_iterator<char>{in}, {}});
}

/// SEAKEEPER_GERRIT chooses among the stack's servers: gerrit, gerrit_new.
std::string server() {
    const char* chosen = std::getenv("SEAKEEPER_GERRIT");
    return chosen == nullptr ? "gerrit" : chosen;
}

std::string text(const json::value& value, const char* pointer) {
    return json::value_to<std::string>(value.at_pointer(pointer));
}

struct Site {
    test::Folder home;
    boost::asio::io_context context;
    json::value gerrit = stack().at(server());
    ProjectName project = ProjectName::parse("demo/app").value();

    git::MirrorOptions over_http() const {
        git::MirrorOptions options;
        options.folder = home.path;
        options.base_url = text(gerrit, "/local_url") + "a";
        options.user = "ci-bot";
        options.password = Secret{text(gerrit, "/people/ci-bot/password")};
        return options;
    }
    git::MirrorOptions over_ssh() const {
        git::MirrorOptions options;
        options.folder = home.path;
        options.base_url = "ssh://" + text(gerrit, "/ssh_host") + ":"
                           + std::to_string(gerrit.at("ssh_port").as_int64());
        options.user = "ci-bot";
        options.key_file = text(gerrit, "/people/ci-bot/ssh_key_file");
        options.known_hosts_file = text(gerrit, "/known_hosts_file");
        return options;
    }
    Result<CommitId> tip(const git::MirrorOptions& options) {
        const auto mirror = git::make_mirror(context.get_executor(), options);
        return test::run(context, mirror->tip(project, Deadline::in(std::chrono::seconds{30})));
    }
};

} // namespace

TEST_SUITE("git") {
    TEST_CASE("HTTP and SSH give one tip, and a file is read at it") {
        Site site;
        const auto http = site.tip(site.over_http());
        REQUIRE_MESSAGE(http, http);
        test::Folder other;
        auto options = site.over_ssh();
        options.folder = other.path;
        const auto ssh = site.tip(options);
        REQUIRE_MESSAGE(ssh, ssh);
        CHECK(*ssh == *http);
        const auto mirror = git::make_mirror(site.context.get_executor(), options);
        const auto until = Deadline::in(std::chrono::seconds{30});
        const auto blob =
            test::run(site.context, mirror->read(site.project, *ssh, "project.config", until));
        REQUIRE_MESSAGE(blob, blob);
        CHECK(blob->bytes.find("[access]") != std::string::npos);
    }

    TEST_CASE("a wrong password is said so, without it") {
        Site site;
        auto options = site.over_http();
        options.password = Secret{"not-the-password"};
        const auto tip = site.tip(options);
        REQUIRE_FALSE(tip);
        CHECK_MESSAGE(tip.error().is(Errc::unauthenticated), tip);
        CHECK(tip.error().message.find("not-the-password") == std::string::npos);
    }

    TEST_CASE("a project that is not there, or not for us, is not found") {
        Site site;
        site.project = ProjectName::parse("demo/none").value();
        for (const auto& options : {site.over_http(), site.over_ssh()}) {
            const auto tip = site.tip(options);
            REQUIRE_FALSE(tip);
            CHECK_MESSAGE(tip.error().is(Errc::not_found), tip);
        }
    }

    TEST_CASE("A91: a host key that is not pinned is refused") {
        Site site;
        auto options = site.over_ssh();
        options.known_hosts_file = site.home.path + "/known_hosts";
        std::ofstream{options.known_hosts_file} << "# empty\n";
        const auto tip = site.tip(options);
        REQUIRE_FALSE(tip);
        CHECK_MESSAGE(tip.error().is(Errc::untrusted_peer), tip);
        CHECK(tip.error().message.find("SHA256:") != std::string::npos);
    }

    TEST_CASE("a key the server does not know is unauthenticated") {
        Site site;
        auto options = site.over_ssh();
        options.user = "nobody";
        const auto tip = site.tip(options);
        REQUIRE_FALSE(tip);
        CHECK_MESSAGE(tip.error().is(Errc::unauthenticated), tip);
    }
}
