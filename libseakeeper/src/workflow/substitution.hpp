// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <string_view>

namespace seakeeper::workflow {

/// What tags may name: "inputs.parameters.x", "steps.build.outputs.result". Looked up from the
/// innermost outwards; what is outside has to live longer.
class SEAKEEPER_API Variables {
public:
    explicit Variables(const Variables* outside = nullptr) : outside_{outside} {}

    void set(std::string name, std::string value) { own_[std::move(name)] = std::move(value); }
    /// Artifacts: for fromExpression and `from` only; no text.
    void set_artifact(std::string name, boost::json::object artifact) {
        artifacts_[std::move(name)] = std::move(artifact);
    }
    const std::string* find(std::string_view name) const;
    const boost::json::object* find_artifact(std::string_view name) const;
    /// All of it, dotted names as nested maps, as expressions see it. A value whose name is the
    /// beginning of another's is left out.
    boost::json::object environment() const;

private:
    void flatten(std::map<std::string, boost::json::value>& into) const;

    const Variables* outside_;
    std::map<std::string, std::string, std::less<>> own_;
    std::map<std::string, boost::json::object, std::less<>> artifacts_;
};

/// What becomes of a tag that names nothing.
enum class Unresolved {
    kept, ///< stays as it is
    /// `steps.` and `tasks.` are Errc::not_found, but for artifacts; the rest stays
    outputs_refused,
    refused, ///< every one is Errc::not_found
};

/// Replaces every `{{name}}` and `{{=expression}}` once, as Argo does (util/template; v4.0).
/// Errors: Errc::not_found "failed to resolve {{name}}", Errc::unsupported for a function that is
/// not known here, Errc::malformed for an expression that does not parse or a value that Argo
/// cannot put into JSON, Errc::limit_exceeded.
SEAKEEPER_API Result<std::string>
substitute(std::string_view text, const Variables& variables, Unresolved unresolved);

/// The same in every text of a value, keys of objects aside.
SEAKEEPER_API Status
substitute(boost::json::value& value, const Variables& variables, Unresolved unresolved);

} // namespace seakeeper::workflow
