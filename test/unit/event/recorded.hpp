// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace seakeeper::test {

struct RecordedLine {
    std::string from; ///< "3.10.2/NAME.jsonl:LINE"
    std::string bytes;
};

/// Every line that real servers sent, by file and line.
inline std::vector<RecordedLine> recorded_lines() {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (const auto& entry :
         fs::recursive_directory_iterator{SEAKEEPER_TEST_DATA "/event/recorded"}) {
        if (entry.path().extension() == ".jsonl") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    std::vector<RecordedLine> lines;
    for (const auto& file : files) {
        std::ifstream in{file};
        std::string line;
        for (int number = 1; std::getline(in, line); ++number) {
            const auto name = file.parent_path().filename() / file.filename();
            lines.push_back({name.string() + ":" + std::to_string(number), line});
        }
    }
    return lines;
}

} // namespace seakeeper::test
