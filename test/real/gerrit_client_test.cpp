// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <seakeeper/gerrit/facts_reader.hpp>
#include <seakeeper/gerrit/rest.hpp>
#include <seakeeper/gerrit/review.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

// Against the real Gerrit of test/stack. SEAKEEPER_STACK_JSON names its stack.json; run inside the
// stack's network (test/stack/enter). Without it these tests fail: they are never skipped.
namespace {

using namespace seakeeper;
using namespace seakeeper::gerrit;
using namespace std::chrono_literals;
namespace json = boost::json;

json::object stack() {
    const char* file = std::getenv("SEAKEEPER_STACK_JSON");
    REQUIRE_MESSAGE(file != nullptr, "SEAKEEPER_STACK_JSON is not set: run test/stack/up");
    std::ifstream in{file};
    REQUIRE_MESSAGE(in, "no stack.json at SEAKEEPER_STACK_JSON");
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    return json::parse(text).as_object();
}

/// SEAKEEPER_GERRIT chooses among the stack's servers: gerrit, gerrit_new.
std::string server() {
    const char* chosen = std::getenv("SEAKEEPER_GERRIT");
    return chosen == nullptr ? "gerrit" : chosen;
}

class Lab {
public:
    Lab() : gerrit_{stack().at(server()).as_object()} {
        const auto name =
            "demo/client-" + std::to_string(std::time(nullptr)) + "-" + std::to_string(++made_);
        project = ProjectName::parse(name).value();
        json::object input;
        input["parent"] = "demo/parent";
        input["create_empty_commit"] = true;
        auto admin = as("admin");
        REQUIRE(ask(admin->put("/projects/" + encoded(), input, soon())));
    }

    std::unique_ptr<RestClient> as(const std::string& who) {
        const auto& person = gerrit_.at("people").as_object().at(who).as_object();
        return as(who, std::string{person.at("password").as_string()});
    }
    std::unique_ptr<RestClient> as(const std::string& who, std::string password) {
        RestOptions options;
        options.user = who;
        options.password = Secret{std::move(password)};
        const std::string url{gerrit_.at("local_url").as_string()};
        return make_rest_client(context_.get_executor(), url, std::move(options), {}).value();
    }
    AccountId id(const std::string& who) const {
        const auto& person = gerrit_.at("people").as_object().at(who).as_object();
        return AccountId{static_cast<std::uint32_t>(person.at("id").as_int64())};
    }

    template <class T>
    T ask(boost::asio::awaitable<T> call) {
        return test::run(context_, std::move(call));
    }

    /// A change with one file, by `who`.
    ChangeNumber change(const std::string& who, const std::string& file) {
        auto client = as(who);
        json::object input;
        input["project"] = project.str();
        input["branch"] = "master";
        input["subject"] = "Add " + file;
        const auto made = ask(client->post("/changes/", input, soon()));
        REQUIRE(made);
        const ChangeNumber number{
            static_cast<std::uint32_t>(made->as_object().at("_number").as_int64())};
        json::object content;
        content["binary_content"] = "data:text/plain;base64,aGVsbG8K";
        REQUIRE(ask(client->put(path(number) + "/edit/" + file, content, soon())));
        REQUIRE(ask(client->post(path(number) + "/edit:publish", json::object{}, soon())));
        return number;
    }

    void rebase(const std::string& who, ChangeNumber number, ChangeNumber base) {
        auto client = as(who);
        json::object input;
        input["base"] = std::to_string(value_of(base));
        REQUIRE(ask(client->post(path(number) + "/rebase", input, soon())));
    }

    Result<ReviewResult> review(const std::string& who, ChangeNumber number, ReviewInput input) {
        auto client = as(who);
        const auto current = read(number).current_revision;
        return ask(post_review(*client, project, number, current, std::move(input), soon()));
    }

    ChangeFacts read(ChangeNumber number) {
        auto bot = as("ci-bot");
        auto reading = ask(bot->change(project, number, soon()));
        REQUIRE(reading);
        return std::move(reading->change);
    }

    event::Event vote_of(const std::string& who, const ChangeFacts& change) const {
        event::Event event;
        event.type = "comment-added";
        event.project = project.str();
        event.ref_name = change.destination.str();
        event.actor.emplace();
        event.actor->username = who;
        event.change.emplace();
        event.change->number = change.number;
        event.patch_set.emplace();
        event.patch_set->number = change.current()->number;
        event.patch_set->revision = change.current_revision.str();
        event.body = event::CommentAdded{};
        return event;
    }

    static Deadline soon() { return Deadline::in(30s); }

    ProjectName project;

private:
    std::string encoded() const {
        auto name = project.str();
        name.replace(name.find('/'), 1, "%2F");
        return name;
    }
    std::string path(ChangeNumber number) const {
        return "/changes/" + encoded() + "~" + std::to_string(value_of(number));
    }

    static inline int made_ = 0;
    json::object gerrit_;
    boost::asio::io_context context_;
};

const VoteFacts* vote_of(const ChangeFacts& change, AccountId voter) {
    const auto label = change.labels.find("Code-Review");
    REQUIRE(label != change.labels.end());
    for (const auto& vote : label->second.votes) {
        if (vote.voter == voter) {
            return &vote;
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("a change's facts and a maintainer's vote") {
    Lab lab;
    const auto number = lab.change("contrib", "a.txt");
    const auto change = lab.read(number);
    CHECK(change.project == lab.project);
    CHECK(change.destination.str() == "refs/heads/master");
    CHECK(change.owner == lab.id("contrib"));
    CHECK(change.current()->number == PatchSetNumber{2});
    CHECK(change.current()->parents.size() == 1);

    REQUIRE(lab.review("maint", number, {"fine", "", {{"Code-Review", 2}}, {}, Notify::none}));
    const auto voted = lab.read(number);
    const auto* vote = vote_of(voted, lab.id("maint"));
    REQUIRE(vote != nullptr);
    CHECK(vote->value == 2);
    CHECK(vote->permitted_max == 2);
    CHECK(vote->is_voter_active);

    auto bot = lab.as("ci-bot");
    const auto files =
        lab.ask(bot->files(lab.project, number, change.current_revision, Lab::soon()));
    REQUIRE(files);
    CHECK(*files == std::vector<std::string>{"a.txt"});
    const auto again = lab.review("contrib", number, {"", "", {{"Code-Review", 2}}, {}, {}});
    REQUIRE_FALSE(again);
    CHECK(again.error().is(Errc::permission_denied));
}

TEST_CASE("the access oracle answers by account id, about the marker ref") {
    Lab lab;
    auto bot = lab.as("ci-bot");
    const auto marker = RefName::parse("refs/seakeeper/trusted/heads/master").value();
    const auto may = [&](const char* who) {
        AccessFacts wanted{lab.id(who), marker, "push", false};
        return lab.ask(bot->check_access(lab.project, wanted, Lab::soon()));
    };
    REQUIRE(may("maint"));
    CHECK(may("maint")->is_allowed);
    CHECK_FALSE(may("contrib")->is_allowed);
    CHECK_FALSE(may("stranger")->is_allowed);
    AccessFacts submit{lab.id("maint"), marker, "submit", false};
    const auto unknown = lab.ask(bot->check_access(lab.project, submit, Lab::soon()));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().is(Errc::invalid_argument));
}

TEST_CASE("a dropped label is noticed, and the message that went through is found again") {
    Lab lab;
    const auto number = lab.change("contrib", "a.txt");
    ReviewInput input;
    input.message = "Result of sk-marker-1";
    input.tag = "autogenerated:seakeeper~test";
    input.labels = {{"No-Such-Label", 1}};
    const auto posted = lab.review("ci-bot", number, input);
    REQUIRE_FALSE(posted);
    CHECK(posted.error().is(Errc::refused));
    CHECK(posted.error().message.find("No-Such-Label+1") != std::string::npos);
    auto bot = lab.as("ci-bot");
    const auto found =
        lab.ask(find_message_with(*bot, lab.project, number, "sk-marker-1", Lab::soon()));
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->author == lab.id("ci-bot"));
    CHECK((*found)->tag == input.tag);

    input.message = "Result of sk-marker-2";
    input.labels = {{"Verified", 1}};
    input.comments.push_back({"no/such/file", 1, {}, "advice", false});
    const auto moved = lab.review("ci-bot", number, input);
    REQUIRE(moved);
    CHECK(moved->were_comments_moved);
    CHECK(moved->labels.at("Verified") == 1);
}

TEST_CASE("a wrong password is told from everything else") {
    Lab lab;
    auto bot = lab.as("ci-bot", "not-the-password");
    const auto self = lab.ask(bot->self(Lab::soon()));
    REQUIRE_FALSE(self);
    CHECK(self.error().is(Errc::unauthenticated));
    CHECK(self.error().message.find("not-the-password") == std::string::npos);
    CHECK(lab.ask(lab.as("ci-bot")->self(Lab::soon())).value().id == lab.id("ci-bot"));
    CHECK(lab.ask(bot->server_version(Lab::soon())).has_value() == false);
}

TEST_CASE("a vote copied by a trivial rebase stands without a message, above a stranger's commit") {
    Lab lab;
    const auto number = lab.change("contrib", "a.txt");
    REQUIRE(lab.review("maint", number, {"fine", "", {{"Code-Review", 2}}, {}, Notify::none}));
    const auto before = lab.read(number);
    const auto hostile = lab.change("stranger", "b.txt");
    lab.rebase("contrib", number, hostile);

    auto bot = lab.as("ci-bot");
    RestFactsSource source{*bot, FactsOptions{}};
    const auto after = lab.read(number);
    REQUIRE(after.current_revision != before.current_revision);
    CHECK(after.current()->kind == "TRIVIAL_REBASE");
    FactsRequest request;
    request.ancestry = true;
    request.submitted_together = true;
    request.label_origins = true;
    request.dependencies = true;
    request.configs = true;
    request.voted_labels = {"Code-Review"};
    request.access = {
        {Whose::voters, "push", RefName::parse("refs/seakeeper/trusted/heads/master").value()}};
    const auto facts = lab.ask(source.read(lab.vote_of("maint", after), request, Lab::soon()));
    REQUIRE(facts);
    REQUIRE(facts->change);
    const auto* vote = vote_of(*facts->change, lab.id("maint"));
    REQUIRE(vote != nullptr);
    CHECK(vote->value == 2); // copied
    CHECK(facts->actor->id == lab.id("maint"));
    CHECK_FALSE(facts->real_actor); // no message of theirs on this patch set
    const auto& messages = facts->change->messages;
    CHECK(std::none_of(messages.begin(), messages.end(), [&](const MessageFacts& message) {
        return message.author == lab.id("maint")
               && message.patch_set == facts->change->current()->number;
    }));
    REQUIRE(facts->ancestry);
    CHECK(facts->ancestry->is_complete);
    REQUIRE(facts->ancestry->commits.size() == 2);
    REQUIRE(facts->ancestry->commits[0].change);
    CHECK(facts->ancestry->commits[0].change->number == hostile);
    CHECK(facts->ancestry->commits[1].branches.size() == 1);
    REQUIRE(facts->submitted_together);
    CHECK(facts->submitted_together->changes.size() == 1);
    REQUIRE(facts->access.size() == 1);
    REQUIRE(facts->access[0]);
    CHECK(facts->access[0]->account == lab.id("maint"));
    CHECK(facts->access[0]->is_allowed);
    REQUIRE(facts->dependencies);
    CHECK(facts->dependencies->empty());
    REQUIRE(facts->label_origins.size() == 1);
    REQUIRE(facts->label_origins[0]);
    CHECK(facts->label_origins[0]->defined_in.str() == "All-Projects");
    REQUIRE(facts->configs.size() == 3);
    CHECK(facts->configs[0]->tip.has_value());
    CHECK(facts_from_json(to_json(*facts)).value() == *facts);
}
