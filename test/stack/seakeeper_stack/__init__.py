# SPDX-License-Identifier: Apache-2.0
"""The real stack for tests: Gerrit, Kubernetes with real pods, Argo Workflows and S3 in one network namespace."""
