// SPDX-License-Identifier: Apache-2.0
#include "site_folder.hpp"

#include "site.hpp"
#include "site_options.hpp"

#include <seakeeper/git/snapshot.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;

bool is_bare_repository(const fs::path& path) {
    return fs::is_regular_file(path / "HEAD") && fs::is_directory(path / "objects")
           && fs::is_directory(path / "refs");
}

bool is_plain_project(const fs::path& path) {
    return fs::exists(path / decision::configuration_file) || fs::exists(path / "project.config");
}

bool is_wanted(const fs::path& path) {
    return path.extension() == ".yaml" || path.extension() == ".yml"
           || path.filename() == "project.config";
}

bool is_hidden(const fs::path& path) {
    return path.filename().string().starts_with('.');
}

Status add_files(const fs::path& folder, const fs::path& at, decision::ConfigTip& tip) {
    for (const auto& entry : fs::directory_iterator{at}) {
        if (is_hidden(entry.path())) {
            continue;
        }
        if (entry.is_directory()) {
            if (!is_plain_project(entry.path()) && !is_bare_repository(entry.path())) {
                if (auto added = add_files(folder, entry.path(), tip); !added) {
                    return added;
                }
            }
            continue;
        }
        if (!entry.is_regular_file() || !is_wanted(entry.path())) {
            continue;
        }
        auto bytes = read_text(entry.path().string());
        if (!bytes) {
            return bytes.error();
        }
        auto id = git::blob_id(*bytes);
        tip.files[fs::relative(entry.path(), folder).string()] = {std::move(id), std::move(*bytes)};
    }
    return {};
}

Result<decision::ConfigTip> read_plain(const fs::path& folder, ProjectName project) {
    decision::ConfigTip tip;
    if (auto added = add_files(folder, folder, tip); !added) {
        return added.error();
    }
    tip.at.project = std::move(project);
    tip.at.commit = decision::commit_standing_for(tip.files);
    return tip;
}

Result<decision::ConfigTip> read_repository(const fs::path& path, ProjectName project) {
    auto snapshot = git::read_snapshot(path.string(), std::string{git::config_ref});
    if (!snapshot) {
        return snapshot.error();
    }
    decision::ConfigTip tip;
    tip.at = {std::move(project), snapshot->commit};
    for (auto& [file, blob] : snapshot->files) {
        tip.files[file] = {std::move(blob.id), std::move(blob.bytes)};
    }
    return tip;
}

Result<ProjectName> name_of(const fs::path& folder, const fs::path& path) {
    auto name = fs::relative(path, folder).string();
    if (name.ends_with(".git")) {
        name.resize(name.size() - 4);
    }
    auto parsed = ProjectName::parse(name);
    if (!parsed) {
        return std::move(parsed).error().within(
            fmt::format("naming the project at {}", path.string())
        );
    }
    return parsed;
}

Status find(const fs::path& folder, const fs::path& at, std::vector<decision::ConfigTip>& tips) {
    std::vector<fs::path> below;
    for (const auto& entry : fs::directory_iterator{at}) {
        if (entry.is_directory() && !is_hidden(entry.path())) {
            below.push_back(entry.path());
        }
    }
    std::ranges::sort(below);
    for (const auto& path : below) {
        const bool is_repository = is_bare_repository(path);
        if (is_repository || is_plain_project(path)) {
            auto project = name_of(folder, path);
            if (!project) {
                return project.error();
            }
            auto tip = is_repository ? read_repository(path, *project) : read_plain(path, *project);
            if (tip) {
                tips.push_back(std::move(*tip));
            } else if (!is_repository || !tip.error().is(Errc::not_found)) {
                return tip.error();
            }
        }
        if (!is_repository) {
            if (auto found = find(folder, path, tips); !found) {
                return found;
            }
        }
    }
    return {};
}

} // namespace

Result<std::string> read_text(const std::string& path) {
    std::ostringstream bytes;
    if (path == "-") {
        bytes << std::cin.rdbuf();
        return std::move(bytes).str();
    }
    std::error_code fault;
    std::ifstream file{path, std::ios::binary};
    if (!file || fs::is_directory(path, fault)) {
        return Error{
            Errc::not_found, fmt::format("reading {}: no such file, or not readable", path)};
    }
    if (file.peek() != std::ifstream::traits_type::eof()) { // an empty one would set failbit
        bytes << file.rdbuf();
    }
    return std::move(bytes).str();
}

Result<std::vector<decision::ConfigTip>>
read_tips(const std::string& folder, const std::string& project) {
    std::vector<decision::ConfigTip> tips;
    if (!fs::is_directory(folder)) {
        return Error{Errc::not_found, fmt::format("reading {}: no such folder", folder)};
    }
    if (!project.empty()) {
        auto name = ProjectName::parse(project);
        if (!name) {
            return name.error();
        }
        auto tip = is_bare_repository(folder) ? read_repository(folder, std::move(*name))
                                              : read_plain(folder, std::move(*name));
        if (!tip) {
            return tip.error();
        }
        tips.push_back(std::move(*tip));
        return tips;
    }
    for (const char* name : {"projects", "repositories", ""}) {
        const auto root = *name == '\0' ? fs::path{folder} : fs::path{folder} / name;
        if (!fs::is_directory(root) || (*name == '\0' && !tips.empty())) {
            continue;
        }
        if (auto found = find(root, root, tips); !found) {
            return found.error();
        }
    }
    if (tips.empty()) {
        return Error{
            Errc::not_found,
            fmt::format(
                "reading {}: found no project; accepted are folders with a {} and bare "
                "repositories with a {}, or --project NAME for the folder itself",
                folder,
                decision::configuration_file,
                git::config_ref
            )};
    }
    return tips;
}

Result<SiteFolder> read_site_folder(const std::string& path, const std::string& project) {
    const bool is_folder = fs::is_directory(path);
    const auto folder = is_folder ? fs::path{path} : fs::path{path}.parent_path();
    const auto file = is_folder ? folder / "site.yaml" : fs::path{path};
    SiteFolder made;
    if (!is_folder || fs::exists(file)) {
        auto site = read_site_file(file.string());
        if (!site) {
            return site.error();
        }
        made.options = decision_options(*site);
    } else {
        made.options = decision_options(embedded_site({}, {}));
    }
    auto tips = read_tips(folder.empty() ? "." : folder.string(), project);
    if (!tips) {
        return tips.error();
    }
    made.tips = std::move(*tips);
    return made;
}

} // namespace seakeeper::daemon
