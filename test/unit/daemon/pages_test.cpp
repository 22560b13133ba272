// SPDX-License-Identifier: Apache-2.0
#include "../../../seakeeperd/pages.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace seakeeper;
using namespace seakeeper::daemon;
namespace fs = std::filesystem;

namespace {

struct Site {
    fs::path folder = fs::temp_directory_path() / fmt::format("seakeeper-pages-{}", ::getpid());
    std::string fault;
    pipeline::LogFolder logs{folder};
    http::Answers pages = make_pages(
        {[this] { return fault; },
         [] { return std::string{"up 1\n"}; },
         [] { return std::string{"{}"}; }},
        logs,
        Secret{"token"}
    );

    Site() {
        fs::create_directories(folder / "sk-a");
        std::ofstream{folder / "sk-a" / "sk-a-1.log"} << "text";
    }
    ~Site() { fs::remove_all(folder); }
    http::Answer ask(std::string path, std::string authorization = "") const {
        return pages({std::move(path), {}, std::move(authorization)});
    }
};

} // namespace

TEST_CASE("readiness says why not") {
    Site site;
    CHECK(site.ask("/readyz").status == 200);
    site.fault = "gerrit stream is down";
    CHECK(site.ask("/readyz").status == 503);
    CHECK(site.ask("/readyz").body == "gerrit stream is down\n");
    CHECK(site.ask("/healthz").status == 200);
    CHECK(site.ask("/metrics").body == "up 1\n");
    CHECK(site.ask("/x").status == 404);
}

TEST_CASE("a log is shown to everybody once published, else only with the token") {
    Site site;
    const std::string path = "/logs/sk-a/sk-a-1";
    CHECK(site.ask(path).status == 404);
    CHECK(site.ask(path, "Bearer toke").status == 404);
    CHECK(site.ask(path, "Basic token").status == 404);
    CHECK(site.ask(path, "Bearer token").file == (site.folder / "sk-a/sk-a-1.log").string());
    REQUIRE(site.logs.publish("sk-a"));
    CHECK(site.ask(path).status == 200);
    CHECK(site.ask("/logs/sk-a/none").status == 404);
    REQUIRE(site.logs.restrict("sk-a"));
    CHECK(site.ask(path).status == 404);
}

TEST_CASE("names that could lead elsewhere lead nowhere") {
    Site site;
    for (const char* path :
         {"/logs/../etc/passwd",
          "/logs/sk-a/..",
          "/logs/sk-a",
          "/logs/sk-a/published",
          "/logs//x",
          "/logs/SK/x"}) {
        CAPTURE(path);
        CHECK(site.ask(path, "Bearer token").status == 404);
    }
}
