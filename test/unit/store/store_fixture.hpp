// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run.hpp"

#include <seakeeper/store/store.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace seakeeper::test {

inline constexpr WallTime noon{std::chrono::milliseconds{1'790'000'000'123}};

/// A new folder, removed at the end.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "seakeeper-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

inline std::unique_ptr<store::Store> open_at(const Folder& folder) {
    return store::open({folder.file("store.db"), {}}).value();
}

/// Outlives every store, as a program's does.
inline boost::asio::io_context& context() {
    static boost::asio::io_context only;
    return only;
}

template <class Work>
auto write(store::Store& store, Work work) {
    return run(context(), store.write(std::move(work)));
}

template <class Work>
auto read(store::Store& store, Work work) {
    return run(context(), store.read(std::move(work)));
}

inline store::RawLine line(std::string bytes) {
    return store::RawLine{std::move(bytes), noon, 7};
}

} // namespace seakeeper::test
