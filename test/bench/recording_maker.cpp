// SPDX-License-Identifier: Apache-2.0
// Writes a recording of a large site: recording_maker FILE EVENTS < PROJECTS
// PROJECTS has lines "NAME TIP", the parent of all first, TIP the commit of refs/meta/config. Every
// project gets one upload, the last one the rest of EVENTS. A last line is about a project that
// nothing is known of, so that who plays the recording stays up and tries again.
#include <seakeeper/event/parse.hpp>
#include <seakeeper/gerrit/recording.hpp>
#include <seakeeper/testing/builders.hpp>

#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace seakeeper;

struct Project {
    ProjectName name;
    CommitId tip;
};

std::vector<Project> read_projects() {
    std::vector<Project> projects;
    for (std::string name, tip; std::cin >> name >> tip;) {
        projects.push_back({ProjectName::parse(name).value(), CommitId::parse(tip).value()});
    }
    return projects;
}

gerrit::Fact<gerrit::ConfigFacts> config_of(const Project& project) {
    gerrit::Fact<gerrit::ConfigFacts> fact;
    fact.value = gerrit::ConfigFacts{project.name, project.tip};
    return fact;
}

/// Whom it inherits from, and the tips of both.
void note_project(gerrit::Recorder& recorder, const Project& project, const Project& parent) {
    event::Event event;
    event.type = "project";
    event.project = project.name.str();
    gerrit::Facts facts;
    facts.parents.value = std::vector{parent.name};
    facts.configs = {config_of(project), config_of(parent)};
    recorder.note(event, facts);
}

void note_upload(gerrit::Recorder& recorder, const std::string& project, std::uint32_t number) {
    const auto scene = testing::a_change()
                           .in_project(project)
                           .numbered(number)
                           .uploaded_by(testing::stranger())
                           .upload();
    recorder.note({event::serialize(scene.event), 1, testing::scene_time()});
    recorder.note(scene.event, scene.facts);
}

} // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        fmt::print(stderr, "usage: recording_maker FILE EVENTS < PROJECTS\n");
        return 2;
    }
    gerrit::Recorder recorder{arguments[1]};
    const auto events = static_cast<std::uint32_t>(std::stoul(arguments[2]));
    const auto projects = read_projects();
    std::uint32_t number = 0;
    for (std::size_t i = 1; i < projects.size(); ++i) {
        note_project(recorder, projects[i], projects.front());
        note_upload(recorder, projects[i].name.str(), ++number);
    }
    while (number < events) {
        note_upload(recorder, projects.back().name.str(), ++number);
    }
    const auto unknown =
        testing::a_change().in_project("not/recorded").uploaded_by(testing::stranger()).upload();
    recorder.note({event::serialize(unknown.event), 1, testing::scene_time()});
    return 0;
}
