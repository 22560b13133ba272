// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/configuration.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::decision {
namespace {

constexpr std::string_view root_project = "All-Projects";
/// A chain of parents that is longer is a ring: Gerrit refuses it, a folder of files may hold one.
constexpr std::size_t longest_lineage = 100;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == text.npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool is_same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x))
               == std::tolower(static_cast<unsigned char>(y));
    });
}

/// A value as git-config reads it: quotes taken off, a comment behind it left out.
std::string value_in(std::string_view text) {
    std::string value;
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size()) {
            value += text[++i];
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && (c == '#' || c == ';')) {
            break;
        } else {
            value += c;
        }
    }
    return std::string{trimmed(value)};
}

} // namespace

std::string parent_in(std::string_view project_config) {
    bool is_access = false;
    std::string parent;
    while (!project_config.empty()) {
        const auto end = std::min(project_config.find('\n'), project_config.size());
        const auto line = trimmed(project_config.substr(0, end));
        project_config.remove_prefix(std::min(end + 1, project_config.size()));
        if (line.starts_with('[')) {
            is_access = is_same_word(trimmed(line.substr(1, line.find(']') - 1)), "access");
            continue;
        }
        const auto equals = line.find('=');
        if (is_access && equals != line.npos
            && is_same_word(trimmed(line.substr(0, equals)), "inheritFrom")) {
            parent = value_in(line.substr(equals + 1));
        }
    }
    return parent;
}

CommitId commit_standing_for(const std::map<std::string, ConfigBlob>& files) {
    std::string listing;
    for (const auto& [path, blob] : files) {
        listing += fmt::format("{} {}\n", sha256_hex(blob.bytes), path);
    }
    return CommitId::parse(sha256_hex(listing).substr(0, 40)).value();
}

SiteConfiguration::SiteConfiguration(std::vector<ConfigTip> tips, Options options, std::string name)
    : options_{std::move(options)}, options_digest_{sha256_hex(to_json(options_))},
      name_{std::move(name)} {
    for (auto& tip : tips) {
        auto project = tip.at.project.str();
        tips_.insert_or_assign(std::move(project), std::move(tip));
    }
}

SiteConfiguration::~SiteConfiguration() = default;

std::vector<ProjectName> SiteConfiguration::lineage(const ProjectName& project) const {
    std::vector<ProjectName> chain{project};
    while (chain.back().str() != root_project && chain.size() < longest_lineage) {
        std::string parent{root_project};
        if (const auto tip = tips_.find(chain.back().str()); tip != tips_.end()) {
            const auto config = tip->second.files.find("project.config");
            if (config != tip->second.files.end()) {
                auto named = parent_in(config->second.bytes);
                parent = named.empty() ? parent : std::move(named);
            }
        }
        auto name = ProjectName::parse(parent);
        if (!name) {
            break;
        }
        chain.push_back(std::move(*name));
    }
    return chain;
}

std::shared_ptr<const ConfigFile> SiteConfiguration::file(const ConfigTip& tip) {
    auto& made = files_[tip.at.project.str()];
    if (!made) {
        const auto found = tip.files.find(std::string{configuration_file});
        Result<std::string> bytes = Error{Errc::not_found, "no such file"};
        if (found != tip.files.end()) {
            bytes = Result<std::string>{found->second.bytes};
        }
        made = make_config_file(tip.at, bytes, pool_);
    }
    return made;
}

std::shared_ptr<const ProjectView> SiteConfiguration::view(const ProjectName& project) {
    auto& made = views_[project.str()];
    if (made) {
        return made;
    }
    std::vector<std::shared_ptr<const ConfigFile>> files;
    const auto chain = lineage(project);
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
        if (const auto tip = tips_.find(at->str()); tip != tips_.end()) {
            files.push_back(file(tip->second));
        }
    }
    auto view = make_view(project, std::move(files));
    if (chain.size() >= longest_lineage) {
        view.sensor.triggers.clear();
        view.fault = Error{
            Errc::malformed,
            fmt::format("{}: its parents, by inheritFrom, go round in a ring", project.str())};
    }
    made = std::make_shared<const ProjectView>(std::move(view));
    return made;
}

std::shared_ptr<const PreparedDefinition> SiteConfiguration::definition(const sensor::Definition& at
) {
    auto& made = definitions_[place_name({at.project, at.commit}, at.path)];
    if (made) {
        return made;
    }
    const auto tip = tips_.find(at.project.str());
    const ConfigBlob* blob = nullptr;
    if (tip != tips_.end() && tip->second.at.commit == at.commit) {
        const auto found = tip->second.files.find(at.path);
        blob = found == tip->second.files.end() ? nullptr : &found->second;
    }
    Result<std::string> bytes = Error{
        Errc::not_found, fmt::format("reading {}:{}: no such file", at.project.str(), at.path)};
    if (blob != nullptr) {
        bytes = Result<std::string>{blob->bytes};
    }
    made = prepare(at, blob == nullptr ? std::string{} : blob->id, bytes, options_);
    return made;
}

std::vector<ProjectName> SiteConfiguration::projects() const {
    std::vector<ProjectName> names;
    for (const auto& [name, tip] : tips_) {
        names.push_back(tip.at.project);
    }
    return names;
}

void SiteConfiguration::put_into(gerrit::Facts& facts, const ProjectName& project, WallTime now)
    const {
    auto chain = lineage(project);
    facts.configs.clear();
    for (const auto& each : chain) {
        gerrit::Fact<gerrit::ConfigFacts> fact;
        fact.value.emplace();
        fact.value->project = each;
        if (const auto tip = tips_.find(each.str()); tip != tips_.end()) {
            fact.value->tip = tip->second.at.commit;
        }
        fact.source = name_;
        fact.read_at = now;
        facts.configs.push_back(std::move(fact));
    }
    chain.erase(chain.begin());
    facts.parents.value = std::move(chain);
    facts.parents.source = name_;
    facts.parents.failure.clear();
    facts.parents.read_at = now;
}

} // namespace seakeeper::decision
