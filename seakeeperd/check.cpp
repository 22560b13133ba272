// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "site.hpp"
#include "site_folder.hpp"
#include "site_options.hpp"

#include <seakeeper/decision/check_site.hpp>
#include <seakeeper/git/snapshot.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <unistd.h>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;
using decision::Company;
using decision::ConfigTip;
using decision::Finding;

constexpr const char* purpose =
    "Judges seakeeper.yaml and workflow files as the service would: file:line:column, what was "
    "found, what is accepted; and warns of what a reviewer would ask. Exit status 1 where the "
    "service would refuse something.\n"
    "PATH is a file, a folder with the files of refs/meta/config, a whole site in a folder "
    "(docs/site-folder.md: parents and inheritance are judged too), or with --revision a git "
    "repository. --cluster looks at the site's clusters instead.\n"
    "Examples: seakeeperd check .; seakeeperd check --revision refs/changes/07/7/2 demo/app.git; "
    "seakeeperd check --cluster --config site.yaml";

/// What was judged, and how it came out.
struct Judged {
    std::size_t files = 0;
    std::vector<Finding> findings;
};

decision::Options default_options() {
    decision::Options options;
    options.untrusted_policy.trust_class = trust::Class::untrusted;
    options.trusted_policy.trust_class = trust::Class::trusted;
    return options;
}

Result<decision::Options> policies(const std::string& config) {
    auto options = default_options();
    if (config.empty()) {
        return options;
    }
    auto site = read_site_file(config);
    if (!site) {
        return site.error();
    }
    options.trust = site->trust;
    for (const auto& executor : site->executors) {
        const bool is_trusted = executor.policy.trust_class == trust::Class::trusted;
        (is_trusted ? options.trusted_policy : options.untrusted_policy) = executor.policy;
    }
    return options;
}

bool is_yaml(const fs::path& path) {
    return path.extension() == ".yaml" || path.extension() == ".yml";
}

class Judging {
public:
    Judging(const CheckOptions& chosen, decision::Options options)
        : chosen_{chosen}, options_{std::move(options)} {}

    Status path(const std::string& path);
    Judged take();

private:
    void add(std::span<const ConfigTip> tips, Company company, const std::string& prefix);
    Status revision(const std::string& path);
    Status site(const std::string& path);
    Status files_below(const fs::path& folder, bool is_loose);
    Status file(const fs::path& path);

    const CheckOptions& chosen_;
    decision::Options options_;
    decision::ConfigTree loose_; ///< files outside of any project
    Judged judged_;
};

void Judging::add(std::span<const ConfigTip> tips, Company company, const std::string& prefix) {
    for (const auto& tip : tips) {
        judged_.files += tip.files.size();
    }
    for (auto& finding : decision::check_site(tips, options_, company)) {
        finding.path = prefix + finding.path;
        judged_.findings.push_back(std::move(finding));
    }
}

Status Judging::file(const fs::path& path) {
    auto bytes = read_text(path.string());
    if (!bytes) {
        return bytes.error();
    }
    loose_[path.string()] = std::move(*bytes);
    return {};
}

Status Judging::revision(const std::string& path) {
    auto snapshot = git::read_snapshot(path, chosen_.revision);
    if (!snapshot) {
        return snapshot.error();
    }
    ConfigTip tip;
    tip.at = {ProjectName::parse("project").value(), snapshot->commit};
    for (auto& [file, blob] : snapshot->files) {
        tip.files[file] = {std::move(blob.id), std::move(blob.bytes)};
    }
    add(std::span{&tip, 1}, Company::alone, "");
    return {};
}

Status Judging::site(const std::string& path) {
    auto tips = read_tips(path, "");
    if (!tips) {
        return tips.error();
    }
    if (fs::exists(fs::path{path} / "site.yaml") && chosen_.config.empty()) {
        auto options = policies((fs::path{path} / "site.yaml").string());
        if (!options) {
            return options.error();
        }
        options_ = std::move(*options);
    }
    add(*tips, Company::site, "");
    return {};
}

/// Every folder with a seakeeper.yaml is a project by itself; the rest are loose files.
Status Judging::files_below(const fs::path& folder, bool is_loose) {
    if (fs::exists(folder / decision::configuration_file)) {
        is_loose = false;
        auto tips = read_tips(folder.string(), "project");
        if (!tips) {
            return tips.error();
        }
        const auto prefix = folder == "." ? std::string{} : folder.string() + "/";
        add(*tips, Company::alone, prefix);
    }
    std::vector<fs::path> below;
    for (const auto& entry : fs::directory_iterator{folder}) {
        if (!entry.path().filename().string().starts_with('.')) {
            below.push_back(entry.path());
        }
    }
    std::ranges::sort(below);
    for (const auto& path : below) {
        Status done;
        if (fs::is_directory(path)) {
            done = files_below(path, is_loose);
        } else if (is_yaml(path) && is_loose) {
            done = file(path);
        }
        if (!done) {
            return done;
        }
    }
    return {};
}

Status Judging::path(const std::string& path) {
    const fs::path at{path};
    if (!chosen_.revision.empty()) {
        return revision(path);
    }
    if (!fs::is_directory(at)) {
        return file(at);
    }
    for (const char* name : {"site.yaml", "projects", "repositories"}) {
        if (fs::exists(at / name)) {
            return site(path);
        }
    }
    return files_below(at.lexically_normal(), true);
}

Judged Judging::take() {
    decision::CheckOptions check;
    check.untrusted = options_.untrusted_policy;
    check.trusted = options_.trusted_policy;
    check.otherwise = chosen_.is_trusted ? trust::Class::trusted : trust::Class::untrusted;
    for (auto& finding : decision::check(loose_, check)) {
        judged_.findings.push_back(std::move(finding));
    }
    judged_.files += loose_.size();
    std::ranges::sort(judged_.findings);
    return std::move(judged_);
}

void print(const Judged& judged, const CheckOptions& chosen) {
    if (chosen.format == "json") {
        fmt::print("{}\n", decision::findings_json(judged.findings, judged.files));
        return;
    }
    if (chosen.format == "sarif") {
        fmt::print("{}\n", decision::findings_sarif(judged.findings, chosen.version));
        return;
    }
    const bool is_coloured = ::isatty(STDOUT_FILENO) == 1;
    for (const auto& finding : judged.findings) {
        const bool is_warning = finding.severity == decision::Severity::warning;
        const auto* colour = !is_coloured ? "" : is_warning ? "\x1b[33m" : "\x1b[31m";
        fmt::print("{}{}{}\n", colour, to_string(finding), is_coloured ? "\x1b[0m" : "");
    }
}

} // namespace

int check(const CheckOptions& chosen) {
    auto options = policies(chosen.config);
    if (!options) {
        return fail("check", options.error());
    }
    Judging judging{chosen, std::move(*options)};
    for (const auto& path : chosen.paths) {
        if (auto done = judging.path(path); !done) {
            return fail("check", done.error());
        }
    }
    const auto judged = judging.take();
    print(judged, chosen);
    const auto errors = std::ranges::count_if(judged.findings, [&](const Finding& finding) {
        return chosen.is_strict || finding.severity == decision::Severity::error;
    });
    std::fflush(stdout);
    fmt::print(stderr, "{} files, {} findings\n", judged.files, judged.findings.size());
    return errors == 0 ? exit_done : exit_no;
}

void add_check(CLI::App& app, int& status) {
    auto options = std::make_shared<CheckOptions>();
    options->version = app.version().substr(app.version().rfind(" ") + 1);
    auto* command = app.add_subcommand("check", purpose);
    command->add_option("path", options->paths, "files, folders, or repositories with --revision");
    command->add_option(
        "--config",
        options->config,
        "the operator's file whose policies apply; a site's own site.yaml"
    );
    command->add_option(
        "--revision", options->revision, "judge this revision of a repository: refs/meta/config"
    );
    command->add_flag(
        "--trusted", options->is_trusted, "judge files that no trigger names as trusted ones"
    );
    command->add_flag("--strict", options->is_strict, "warnings count like errors");
    command->add_option("--format", options->format, "text, json or sarif (2.1.0)")
        ->check(CLI::IsMember({"text", "json", "sarif"}))
        ->capture_default_str();
    command->add_flag(
        "--cluster",
        options->is_cluster,
        "the clusters of --config instead: what is missing there, and what is too wide"
    );
    command->callback([options, &status] {
        if (options->is_cluster == !options->paths.empty()) {
            throw CLI::ValidationError{"check", "give either files and folders, or --cluster"};
        }
        status = options->is_cluster ? check_cluster(*options) : check(*options);
    });
}

} // namespace seakeeper::daemon
