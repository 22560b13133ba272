// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/sensor/sensor.hpp>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace seakeeper::sensor {

/// The sensors of all projects of a site, by project and kind of event. One thread changes it;
/// between changes any number may read. Looking up allocates nothing.
class SEAKEEPER_API SiteIndex {
public:
    SiteIndex();
    ~SiteIndex();
    SiteIndex(SiteIndex&&) noexcept;
    SiteIndex& operator=(SiteIndex&&) noexcept;

    /// Puts in, or replaces, what applies to `sensor.project`.
    void put(Sensor sensor);
    void erase(const ProjectName& project);

    /// Triggers whose kind and project allow the event; empty for an unknown project. The others of
    /// the project are sure not to match. Valid until the index is changed.
    std::span<const Trigger* const> candidates(const event::Event& event) const noexcept;

    /// The project's sensor, or null if it was never put in.
    const Sensor* find(std::string_view project) const noexcept;
    std::size_t size() const noexcept;

private:
    struct Entry;
    struct Projects;
    std::unique_ptr<Projects> projects_;
};

} // namespace seakeeper::sensor
