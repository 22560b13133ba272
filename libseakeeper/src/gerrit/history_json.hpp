// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/history.hpp>

#include <boost/json/value.hpp>

// Answers that only catch-up reads, to values. Pure; Errc::malformed for another format.
namespace seakeeper::gerrit {

/// Of `/changes/P~N/comments`.
Result<std::vector<PatchSetComment>> patch_set_comments_from(const boost::json::value& answer);
/// Of `/projects/?b=refs/meta/config`.
Result<ProjectPage> project_page_from(const boost::json::value& answer);
/// Of `/projects/P/branches/` and `/projects/P/tags/`; HEAD and what is no branch, tag or
/// configuration is left out.
Result<std::vector<RefTip>> ref_tips_from(const boost::json::value& answer);

} // namespace seakeeper::gerrit
