// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/consider.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace seakeeper::decision {

/// An answer of Gerrit that a condition of trust was judged by.
struct FactSource {
    std::string what;    ///< "change", "ancestry", ...
    std::string source;  ///< the request: "GET /changes/demo%2Fapp~7/detail"
    std::string failure; ///< why there is no value; empty: there is one
    WallTime read_at{};
};
/// What the facts say about where a condition's answer came from, in order; empty: it asks nothing
/// of Gerrit (channel, policy, place).
SEAKEEPER_API std::vector<FactSource>
facts_behind(trust::Condition condition, const gerrit::Facts& facts);

/// Makes decisions again from the bytes of their inputs alone, as a store or an export keeps them.
/// What many decisions share (options, configuration, definitions) is read once. One thread.
class SEAKEEPER_API Recomputation {
public:
    /// Gives the bytes of an input by its SHA-256; Errc::not_found where they are not kept any
    /// more.
    using Bytes = std::function<Result<std::string>(const std::string& digest)>;
    explicit Recomputation(Bytes bytes);
    Recomputation(const Recomputation&) = delete;
    Recomputation& operator=(const Recomputation&) = delete;
    ~Recomputation();

    /// Event, facts and view, and what each trigger says: of a decision's inputs, or of those that
    /// an event without decisions was considered from. `decisions` stays empty. `event` not empty:
    /// the event's bytes, where the inputs do not name them.
    Result<Consideration> consider(std::span<const InputRef> inputs, std::string_view event = {});
    /// The decision made again from the record's inputs. Errc::corrupt: they do not fit together.
    Result<Decision> again(const Record& record);
    /// Errc::conflict naming the first member that differs, unless again() gives the same record,
    /// byte for byte.
    Status check(const Record& record);
    /// The definition that the record ran; null where it names none that could be read.
    Result<std::shared_ptr<const PreparedDefinition>> definition_of(const Record& record);

private:
    struct Parts; ///< of one event's inputs
    Result<Parts> parts_of(std::span<const InputRef> inputs, std::string_view event);
    Result<event::Event> event_at(const std::string& digest);
    Result<gerrit::Facts> facts_at(const std::string& digest);
    Result<std::shared_ptr<const Options>> options_at(const std::string& digest);
    Result<std::shared_ptr<const ProjectView>>
    view_of(const ProjectName& project, std::span<const InputRef> inputs);
    Result<std::shared_ptr<const ConfigFile>> file_of(const InputRef& input);

    Bytes bytes_;
    sensor::PatternPool pool_;
    std::unordered_map<std::string, std::shared_ptr<const Options>> options_;
    std::unordered_map<std::string, std::shared_ptr<const ConfigFile>> files_;
    std::unordered_map<std::string, std::shared_ptr<const ProjectView>> views_;
    std::unordered_map<std::string, std::shared_ptr<const PreparedDefinition>> definitions_;
};

} // namespace seakeeper::decision
