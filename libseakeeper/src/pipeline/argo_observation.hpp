// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/kubernetes/workflow_status.hpp>
#include <seakeeper/pipeline/executor.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <vector>

// Reading a Workflow object as an Observation: pure.
namespace seakeeper::pipeline {

/// Errc::malformed for what is no Workflow. Nodes that cannot be read make a finished run an error.
SEAKEEPER_API Result<Observation> read_argo(const boost::json::object& workflow);

/// Whether a stored Workflow is what `manifest` asks for, whoever decided it and when: the same
/// annotation seakeeper.dev/manifest, and the manifest's whole spec in it. What the API server or
/// an admission webhook has added is no difference.
SEAKEEPER_API bool
is_of_manifest(const boost::json::object& stored, const boost::json::object& manifest);

/// A run that claims success, against the pods that the API server knows of it: without a pod that
/// succeeded it is an error (a forged status, security rule A113).
SEAKEEPER_API void distrust(Observation& observation, const std::vector<boost::json::object>& pods);

} // namespace seakeeper::pipeline
