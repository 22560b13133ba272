// SPDX-License-Identifier: Apache-2.0
// Parse Gerrit's event lines and route them to triggers, with the reason for every "no".
//   01-route-events FILE      FILE: lines of `gerrit stream-events`
#include <seakeeper/event/parse.hpp>
#include <seakeeper/sensor/sensor.hpp>

#include <fstream>
#include <iostream>

using namespace seakeeper;

constexpr auto triggers = R"(triggers:
  test:
    events: [patchset-created]
    branch: [master]
    workflow: workflows/test.yaml
  postmerge:
    events: [change-merged]
    branch: [master, "REL*"]
    workflow: workflows/publish.yaml
)";

int main(int, char** arguments) {
    auto project = ProjectName::parse("demo/app").value();
    auto commit = CommitId::parse("1111111111111111111111111111111111111111").value();
    auto configuration = sensor::parse_configuration(triggers, "seakeeper.yaml").value();
    auto layer = sensor::make_layer(project, commit, std::move(configuration));
    const auto applies = sensor::compile(std::vector{layer}).value();

    std::ifstream file{arguments[1]};
    for (std::string line; std::getline(file, line);) {
        const auto event = event::parse(line);
        if (!event) {
            std::cout << "not an event: " << event.error().message << "\n";
            continue;
        }
        for (const auto& trigger : applies.triggers) {
            const auto match = sensor::evaluate(*trigger, *event);
            const bool is_match = match.outcome == sensor::Outcome::matched;
            std::cout << event->type << " -> " << trigger->name.str() << ": "
                      << (is_match ? "matched" : sensor::explain(match, *event)) << "\n";
        }
    }
}
