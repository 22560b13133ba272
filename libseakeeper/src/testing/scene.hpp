// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/testing/builders.hpp>

#include <utility>

// What all builders of scenes share.
namespace seakeeper::testing {

template <class T>
gerrit::Fact<T> read(T value, std::string source) {
    gerrit::Fact<T> fact;
    fact.value = std::move(value);
    fact.source = std::move(source);
    fact.read_at = scene_time();
    return fact;
}

/// A minute before the scene, in Gerrit's words.
std::string scene_date();
/// The same as seconds since 1970.
std::int64_t scene_seconds();

gerrit::AccountFacts account_of(const Person& person);
event::Account event_account_of(const Person& person);

/// Account, groups and marker right of a person.
struct Destination {
    ProjectName project;
    RefName branch;
};
void add_person(gerrit::Facts& facts, const Person& person, const Destination& destination);
/// refs/meta/config of the project.
void add_config(gerrit::Facts& facts, const ProjectName& project);

} // namespace seakeeper::testing
