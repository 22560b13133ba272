// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/sensor/site.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

namespace seakeeper::sensor {

namespace {

constexpr std::size_t kinds = std::variant_size_v<event::Body>;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

/// False where a `project` condition of the trigger can never hold for this project.
bool allows_project(const Trigger& trigger, const std::string& project) {
    return std::ranges::all_of(trigger.conditions, [&](const Condition& condition) {
        const auto* text = std::get_if<TextCondition>(&condition.test);
        return text == nullptr || text->subject != Subject::project
               || text->patterns.matches(project);
    });
}

} // namespace

/// Triggers of all kinds one after the other; those of kind K are [begins[K], begins[K + 1]).
struct SiteIndex::Entry {
    Sensor sensor;
    std::vector<const Trigger*> by_kind;
    std::array<std::uint32_t, kinds + 1> begins{};
};

struct SiteIndex::Projects {
    std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> by_name;
};

SiteIndex::SiteIndex() : projects_{std::make_unique<Projects>()} {
}
SiteIndex::~SiteIndex() = default;
SiteIndex::SiteIndex(SiteIndex&&) noexcept = default;
SiteIndex& SiteIndex::operator=(SiteIndex&&) noexcept = default;

void SiteIndex::put(Sensor sensor) {
    Entry entry;
    const std::string name = sensor.project.str();
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        entry.begins[kind] = static_cast<std::uint32_t>(entry.by_kind.size());
        for (const auto& trigger : sensor.triggers) {
            if (trigger->kinds.test(kind) && allows_project(*trigger, name)) {
                entry.by_kind.push_back(trigger.get());
            }
        }
    }
    entry.begins[kinds] = static_cast<std::uint32_t>(entry.by_kind.size());
    entry.by_kind.shrink_to_fit();
    entry.sensor = std::move(sensor);
    projects_->by_name.insert_or_assign(name, std::move(entry));
}

void SiteIndex::erase(const ProjectName& project) {
    projects_->by_name.erase(project.str());
}

std::span<const Trigger* const> SiteIndex::candidates(const event::Event& event) const noexcept {
    const auto found = projects_->by_name.find(std::string_view{event.project});
    if (found == projects_->by_name.end()) {
        return {};
    }
    const Entry& entry = found->second;
    const std::size_t kind = event.body.index();
    return std::span{entry.by_kind}.subspan(
        entry.begins[kind], entry.begins[kind + 1] - entry.begins[kind]
    );
}

const Sensor* SiteIndex::find(std::string_view project) const noexcept {
    const auto found = projects_->by_name.find(project);
    return found == projects_->by_name.end() ? nullptr : &found->second.sensor;
}

std::size_t SiteIndex::size() const noexcept {
    return projects_->by_name.size();
}

} // namespace seakeeper::sensor
