// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/testing/builders.hpp>

namespace seakeeper::testing {
namespace {

Person person(std::uint32_t id, const char* username, const char* name, int may_vote) {
    Person made;
    made.id = AccountId{id};
    made.username = username;
    made.name = name;
    made.email = std::string{username} + "@example.com";
    made.may_vote = may_vote;
    return made;
}

} // namespace

Person maintainer() {
    return person(1001, "mira", "Mira Maintainer", 2);
}
Person other_maintainer() {
    return person(1002, "milo", "Milo Maintainer", 2);
}
Person volunteer() {
    return person(1003, "vera", "Vera Volunteer", 1);
}
Person stranger() {
    return person(1004, "sam", "Sam Stranger", 1);
}
Person bot() {
    auto made = person(1005, "robot", "Robot", 2);
    made.is_service_user = true;
    return made;
}

CommitId commit(std::string_view word) {
    return CommitId::parse(sha256_hex(word).substr(0, 40)).value();
}

WallTime scene_time() {
    using namespace std::chrono;
    return WallTime{sys_days{year{2026} / 5 / 4}} + hours{12};
}

trust::ClassifierInput
input_of(const Scene& scene, const trust::SiteOptions& options, trust::Class requested) {
    trust::ClassifierInput input{scene.event, scene.facts, options, requested};
    input.channel.is_peer_verified = true;
    for (const auto& config : scene.facts.configs) {
        if (config) {
            input.definition.project = config->project;
            input.definition.commit = config->tip;
            break;
        }
    }
    input.policy.is_accepted = true;
    input.plant.is_ready = true;
    input.now = scene_time();
    return input;
}

trust::Verdict
classify(const Scene& scene, const trust::SiteOptions& options, trust::Class requested) {
    return trust::classify(input_of(scene, options, requested));
}

} // namespace seakeeper::testing
