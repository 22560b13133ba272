// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/decide.hpp>
#include <seakeeper/decision/view.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// The configuration of a whole site at one moment, in memory: what `decide` and `replay` judge
// events by, and what a test of a site's own policy puts together by hand. Reads nothing.
namespace seakeeper::decision {

/// A file of refs/meta/config.
struct ConfigBlob {
    std::string id; ///< git's object id
    std::string bytes;
};

/// refs/meta/config of one project at one commit: from git, or a folder that stands for it.
struct ConfigTip {
    ConfigLink at;
    std::map<std::string, ConfigBlob> files; ///< by path, `project.config` among them
};

/// The parent that a `project.config` names (access.inheritFrom); empty: All-Projects, or none for
/// All-Projects itself. Form: git-config(1).
SEAKEEPER_API std::string parent_in(std::string_view project_config);

/// A commit id for files that are in no git: the same files, the same id.
SEAKEEPER_API CommitId commit_standing_for(const std::map<std::string, ConfigBlob>& files);

/// Views and definitions of all projects of a site, each made at its first use. One thread.
class SEAKEEPER_API SiteConfiguration {
public:
    /// `name` says in facts where it came from: "--site examples/site".
    SiteConfiguration(std::vector<ConfigTip> tips, Options options, std::string name);
    SiteConfiguration(const SiteConfiguration&) = delete;
    SiteConfiguration& operator=(const SiteConfiguration&) = delete;
    ~SiteConfiguration();

    const Options& options() const noexcept { return options_; }
    /// SHA-256 of to_json(options()).
    const std::string& options_digest() const noexcept { return options_digest_; }
    /// What applies to `project`; one that has no tip inherits from All-Projects.
    std::shared_ptr<const ProjectView> view(const ProjectName& project);
    std::shared_ptr<const PreparedDefinition> definition(const sensor::Definition& at);
    /// The tips' own project names, in order.
    std::vector<ProjectName> projects() const;
    /// The project's parents and the tips of all their refs/meta/config become those of this
    /// configuration: what was recorded about them is another moment's.
    void put_into(gerrit::Facts& facts, const ProjectName& project, WallTime now) const;

private:
    /// The project first, then its parents up to All-Projects.
    std::vector<ProjectName> lineage(const ProjectName& project) const;
    std::shared_ptr<const ConfigFile> file(const ConfigTip& tip);

    std::map<std::string, ConfigTip, std::less<>> tips_;
    Options options_;
    std::string options_digest_;
    std::string name_;
    sensor::PatternPool pool_;
    std::unordered_map<std::string, std::shared_ptr<const ConfigFile>> files_;
    std::unordered_map<std::string, std::shared_ptr<const ProjectView>> views_;
    std::unordered_map<std::string, std::shared_ptr<const PreparedDefinition>> definitions_;
};

} // namespace seakeeper::decision
