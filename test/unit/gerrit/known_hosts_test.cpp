// SPDX-License-Identifier: Apache-2.0
#include "ssh/agent.hpp"
#include "ssh/known_hosts.hpp"

#include <seakeeper/core/digest.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using seakeeper::ssh::KnownHosts;
using namespace std::string_literals;

namespace {

std::string text(const std::string& bytes) {
    return "\0\0\0"s + static_cast<char>(bytes.size()) + bytes;
}

const std::string one = text("ssh-ed25519") + text(std::string(32, 'a'));
const std::string two = text("ssh-ed25519") + text(std::string(32, 'b'));

std::string line(const std::string& names, const std::string& blob) {
    return names + " ssh-ed25519 " + base64(blob) + " comment here\n";
}

Status check(const std::string& file, const std::string& host, std::uint16_t port) {
    return KnownHosts::parse(file, "known").value().check({host, port, one});
}

} // namespace

TEST_SUITE("ssh") {
    TEST_CASE("A91: only a pinned key is believed") {
        struct Row {
            const char* name;
            std::string file;
            const char* host;
            std::uint16_t port;
            bool is_known;
        };
        const Row rows[] = {
            {"plain", line("gerrit.example", one), "gerrit.example", 22, true},
            {"case of names", line("Gerrit.Example", one), "gerrit.EXAMPLE", 22, true},
            {"port", line("[gerrit.example]:29418", one), "gerrit.example", 29418, true},
            {"port missing in file", line("gerrit.example", one), "gerrit.example", 29418, false},
            {"other port", line("[gerrit.example]:22022", one), "gerrit.example", 29418, false},
            {"several names", line("a,gerrit.example,b", one), "gerrit.example", 22, true},
            {"wildcard", line("*.example", one), "gerrit.example", 22, true},
            {"question mark", line("gerri?.example", one), "gerrit.example", 22, true},
            {"negated", line("*.example,!gerrit.example", one), "gerrit.example", 22, false},
            {"prefix is no match", line("gerrit", one), "gerrit.example", 22, false},
            {"empty file", "", "gerrit.example", 22, false},
            {"comments", "# x\n\n  \r\n" + line("gerrit.example", one), "gerrit.example", 22, true},
            {"other key", line("gerrit.example", two), "gerrit.example", 22, false},
            {"one of two keys",
             line("gerrit.example", two) + line("gerrit.example", one),
             "gerrit.example",
             22,
             true},
            {"other host's key", line("other.example", one), "gerrit.example", 22, false},
            {"revoked",
             line("gerrit.example", one) + line("@revoked *", one),
             "gerrit.example",
             22,
             false},
            {"authority is no key", line("@cert-authority *", one), "gerrit.example", 22, false},
        };
        for (const auto& row : rows) {
            CAPTURE(row.name);
            const auto status = check(row.file, row.host, row.port);
            CHECK(bool(status) == row.is_known);
            if (!status) {
                CHECK(status.error().is(Errc::untrusted_peer));
                CHECK(status.error().message.find(ssh::fingerprint(one)) != std::string::npos);
                CHECK(status.error().message.find("known") != std::string::npos);
            }
        }
    }

    TEST_CASE("a name that ssh-keygen -H hashed is found") {
        const auto known = KnownHosts::parse(
            "|1|Bj3xHIQg2uobtaaWpXzcvdTtEz8=|1NRam1cPKsmUb1hkYLUn4GM5lHw= ssh-ed25519 "
            "AAAAC3NzaC1lZDI1NTE5AAAAIOcNYYBypXNtyIKwzYwlwHA+gIQBmtSlCAtkOa/edh0j\n",
            "known"
        );
        REQUIRE_MESSAGE(known, known);
        const auto blob =
            *from_base64("AAAAC3NzaC1lZDI1NTE5AAAAIOcNYYBypXNtyIKwzYwlwHA+gIQBmtSlCAtkOa/edh0j");
        CHECK(known->check({"gerrit.example", 29418, blob}));
        CHECK_FALSE(known->check({"gerrit.example", 22, blob}));
        CHECK_FALSE(known->check({"other.example", 29418, blob}));
        CHECK_FALSE(known->check({"gerrit.example", 29418, one}));
    }

    TEST_CASE("an unknown, a changed and a revoked key are told apart, with their place") {
        CHECK(check("", "h", 22).error().message.find("is not in known") != std::string::npos);
        CHECK(
            check("\n" + line("h", two), "h", 22).error().message.find("pinned in known:2")
            != std::string::npos
        );
        CHECK(
            check(line("@revoked h", one), "h", 22).error().message.find("revoked by known:1")
            != std::string::npos
        );
    }

    TEST_CASE("a line that cannot be read stops everything and is named") {
        for (const std::string& bad :
             {"gerrit.example"s,
              "gerrit.example ssh-ed25519"s,
              "gerrit.example ssh-ed25519 !!"s,
              "gerrit.example ssh-rsa " + base64(one),
              "@unknown h ssh-ed25519 " + base64(one)}) {
            CAPTURE(bad);
            const auto known = KnownHosts::parse(line("x", one) + bad, "known");
            REQUIRE_FALSE(known);
            CHECK(known.error().is(Errc::malformed));
            CHECK(known.error().message.find("known:2") != std::string::npos);
        }
        CHECK(KnownHosts::read("/nonexistent").error().is(Errc::io));
    }

    TEST_CASE("of an agent's keys only the named one is offered") {
        const auto list = "\x0c\0\0\0\2"s + text(two) + text("b") + text(one) + text("a");
        CHECK(ssh::only_identity(list, one) == "\x0c\0\0\0\1"s + text(one) + text("a"));
        const auto none = "\x0c\0\0\0\0"s;
        CHECK(ssh::only_identity(list, "x") == none);
        CHECK(ssh::only_identity("\x05", one) == none);
        CHECK(ssh::only_identity("", one) == none);
        for (std::size_t cut = 0; cut < list.size(); ++cut) {
            CHECK(ssh::only_identity(std::string_view{list}.substr(0, cut), one) == none);
        }
    }
}
