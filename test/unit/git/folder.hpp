// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace seakeeper::test {

/// A folder that goes with the test.
struct Folder {
    std::string path;
    Folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "seakeeper-git-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error{"mkdtemp"};
        }
        path = pattern;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
};

} // namespace seakeeper::test
