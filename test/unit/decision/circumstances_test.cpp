// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/circumstances.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace seakeeper;

namespace {

/// Every member differs from its default, so that one that is forgotten shows.
decision::Options unusual_options() {
    using std::chrono::seconds;
    decision::Options options;
    options.server = "s";
    options.project_url = "u";
    options.self.username = "bot";
    auto& trust = options.trust;
    trust.label = "L";
    trust.label_owners = {"A", "B"};
    trust.protected_refs = {"refs/heads/x"};
    trust.require_non_uploader = false;
    trust.self_approvals = {{ProjectName::parse("p/q").value(), AccountId{5}}};
    trust.trusted_upload = true;
    trust.allow_direct_push = true;
    trust.marker_ref = "refs/m/BRANCH";
    trust.trusted_groups = {"g"};
    trust.service_users = {AccountId{9}};
    trust.gerrit_instance = "i";
    trust.act_lifetime = seconds{7};
    trust.clock_skew = seconds{8};
    auto& policy = options.untrusted_policy;
    policy.trust_class = trust::Class::trusted;
    policy.caps = {seconds{1}, seconds{2}, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    policy.images = {"r/"};
    policy.require_image_digest = false;
    policy.config_maps = {"c"};
    policy.secrets = {"k"};
    policy.storage_classes = {"fast"};
    policy.artifact_hosts = {"h"};
    decision::Executor executor;
    executor.name = "e";
    auto& site = executor.site;
    site.trust_class = trust::Class::trusted;
    site.namespace_ = "n";
    site.service_account = "a";
    site.executor_service_account = "b";
    site.node_selector = {{"pool", "x"}};
    site.tolerations = {boost::json::object{{"key", "k"}}};
    site.instance_id = "in";
    site.controller_instance_id = "ci";
    site.artifact_repository = "ar";
    site.run_as_user = 12;
    site.run_as_non_root = false;
    site.image_pull = workflow::ImagePull::if_not_present;
    site.defaults = {"1", "2", "3", "4", "5"};
    site.deadline = seconds{13};
    site.parallelism = 14;
    site.keep = seconds{15};
    options.trusted = executor;
    return options;
}

/// Changes one leaf of a JSON tree, the `n`th; its new text, or nothing when there are fewer.
std::string with_another_leaf(boost::json::value& value, int& n) {
    if (auto* object = value.if_object()) {
        for (auto& member : *object) {
            if (auto text = with_another_leaf(member.value(), n); !text.empty()) {
                return std::string{member.key()} + "." + text;
            }
        }
        return {};
    }
    if (auto* array = value.if_array()) {
        for (auto& item : *array) {
            if (auto text = with_another_leaf(item, n); !text.empty()) {
                return text;
            }
        }
        return {};
    }
    if (n-- != 0) {
        return {};
    }
    if (auto* text = value.if_string()) {
        const bool is_class = trust::class_of(std::string_view{*text}).has_value();
        if (is_class || *text == "if-not-present") {
            *text = is_class ? "untrusted" : "always";
        } else {
            *text += "x";
        }
    } else if (auto* number = value.if_int64()) {
        ++*number;
    } else {
        value = !value.as_bool();
    }
    return boost::json::serialize(value);
}

} // namespace

TEST_CASE("no member of the options is written and not read") {
    const auto whole = boost::json::parse(to_json(unusual_options()));
    int leaves = 0;
    for (;; ++leaves) {
        auto changed = whole;
        int n = leaves;
        const auto name = with_another_leaf(changed, n);
        if (name.empty()) {
            break;
        }
        CAPTURE(name);
        const auto text = boost::json::serialize(changed);
        const auto read = decision::options_from_json(text);
        REQUIRE_MESSAGE(read, read);
        CHECK(to_json(*read) == text);
    }
    CHECK(leaves > 60);
}

TEST_CASE("options are read back as they were written, member by member") {
    const auto options = unusual_options();
    const auto text = to_json(options);
    const auto read = decision::options_from_json(text);
    REQUIRE_MESSAGE(read, read);
    CHECK(to_json(*read) == text);
    CHECK(read->untrusted_policy.trust_class == trust::Class::trusted);
    CHECK(read->trusted->site.defaults.scratch == "5");
    CHECK(read->trust == options.trust);
    CHECK_FALSE(read->untrusted);

    const auto whole = boost::json::parse(text).as_object();
    for (const auto& member : whole) {
        if (member.key() == "trusted") {
            continue;
        }
        CAPTURE(std::string{member.key()});
        auto part = whole;
        part.erase(member.key());
        CHECK_FALSE(decision::options_from_json(boost::json::serialize(part)));
    }
    CHECK_FALSE(decision::options_from_json("[]"));
}

TEST_CASE("circumstances are read back as they were written") {
    decision::Circumstances circumstances;
    circumstances.channel.is_peer_verified = true;
    circumstances.plant = {false, "no \"place\""};
    circumstances.histories = {
        {ProjectName::parse("demo/app").value(), testing::commit("before"), true},
        {ProjectName::parse("demo/parent").value(), std::nullopt, false}};
    const auto text = to_json(circumstances);
    const auto read = decision::circumstances_from_json(text);
    REQUIRE_MESSAGE(read, read);
    CHECK(to_json(*read) == text);
    CHECK(read->plant == circumstances.plant);
    REQUIRE(read->histories.size() == 2);
    CHECK(read->histories[0].last_seen == testing::commit("before"));
    CHECK_FALSE(decision::circumstances_from_json("{}"));
    CHECK_FALSE(decision::circumstances_from_json("nonsense"));
}

TEST_CASE("circumstances in another shape are refused, and the member is named") {
    decision::Circumstances circumstances;
    circumstances.histories = {
        {ProjectName::parse("demo/app").value(), testing::commit("before"), true}};
    const auto whole = boost::json::parse(to_json(circumstances));
    const auto refusal = [&](std::string_view pointer, boost::json::value value) {
        auto changed = whole;
        changed.at_pointer(pointer) = std::move(value);
        const auto read = decision::circumstances_from_json(boost::json::serialize(changed));
        REQUIRE_FALSE(read);
        CHECK(read.error().is(Errc::malformed));
        return read.error().message;
    };
    const std::string member = "reading circumstances: member ";
    CHECK(refusal("/channel", "x") == member + "channel");
    CHECK(refusal("/channel/isPeerVerified", "true") == member + "isPeerVerified");
    CHECK(refusal("/plant", nullptr) == member + "plant");
    CHECK(refusal("/plant/isReady", 1) == member + "isReady");
    CHECK(refusal("/plant/fault", false) == member + "fault");
    CHECK(refusal("/histories", boost::json::object{}) == member + "histories");
    CHECK(refusal("/histories/0", "demo/app") == member + "histories");
    CHECK(refusal("/histories/0/project", 7) == member + "histories");
    CHECK(refusal("/histories/0/project", "../up") == member + "histories");
    CHECK(refusal("/histories/0/isDescendant", "yes") == member + "histories");
    CHECK(refusal("/histories/0/lastSeen", "master") == member + "lastSeen");
    CHECK(refusal("/histories/0/lastSeen", 7) == member + "lastSeen");
}

TEST_CASE("inputs of a gate are read back as they were written, or not at all") {
    const std::vector<decision::InputRef> inputs{
        {"event", "", std::string(64, 'a')}, {"facts", "demo/app", std::string(64, 'b')}};
    const auto text = decision::to_json(std::span{inputs});
    const auto read = decision::inputs_from_json(text);
    REQUIRE_MESSAGE(read, read);
    CHECK(*read == inputs);
    const auto none = decision::inputs_from_json(decision::to_json(std::span{inputs}.first(0)));
    REQUIRE_MESSAGE(none, none);
    CHECK(none->empty());
    for (const char* wrong :
         {"",
          "[]",
          "{}",
          R"({"inputs": {}})",
          R"({"inputs": ["event"]})",
          R"({"inputs": [{"what": "event", "from": ""}]})",
          R"({"inputs": [{"what": 1, "from": "", "sha256": "a"}]})"}) {
        CAPTURE(wrong);
        const auto refused = decision::inputs_from_json(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().is(Errc::malformed));
    }
}

TEST_CASE("a decision waits for facts only where facts are all that it lacks") {
    auto scene = testing::a_change()
                     .uploaded_by(testing::volunteer())
                     .voted(testing::maintainer(), 2)
                     .vote();
    scene.facts.submitted_together.value.reset();
    decision::Decision waiting;
    waiting.record.requested = trust::Class::trusted;
    waiting.record.runs_as = trust::Class::denied;
    waiting.record.verdict = testing::classify(scene);
    REQUIRE(trust::is_for_want_of_facts(waiting.record.verdict));
    const auto waits = [](const std::vector<decision::Decision>& decisions) {
        return decision::is_for_want_of_facts(decisions);
    };
    CHECK_FALSE(waits({}));
    CHECK(waits({waiting}));

    auto earned = waiting; // it runs as what was asked for: nothing is to be read again
    earned.record.runs_as = trust::Class::trusted;
    CHECK_FALSE(waits({earned}));
    auto faulty = waiting; // reading facts again mends no definition
    faulty.record.faults = {"workflows/test.yaml: not there"};
    CHECK_FALSE(waits({faulty}));
    auto refused = waiting; // held by what was read
    refused.record.verdict =
        testing::classify(testing::a_change().uploaded_by(testing::stranger()).upload());
    CHECK_FALSE(waits({refused}));
    CHECK(waits({earned, faulty, refused, waiting}));
}
