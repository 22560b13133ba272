// SPDX-License-Identifier: Apache-2.0
#include "local/artifacts.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace seakeeper::local {
namespace {

namespace fs = std::filesystem;

/// A descriptor that closes itself.
class Handle {
public:
    explicit Handle(int number) : number_{number} {}
    Handle(Handle&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Handle& operator=(Handle&&) = delete;
    ~Handle() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    int number() const { return number_; }
    std::string path() const { return fmt::format("/proc/self/fd/{}", number_); }

private:
    int number_;
};

bool is_below(std::string_view path, std::string_view folder) {
    return path == folder
           || (path.starts_with(folder) && (folder.ends_with('/') || path[folder.size()] == '/'));
}

const Mount* mount_of(std::span<const Mount> mounts, std::string_view path) {
    const Mount* found = nullptr;
    for (const auto& mount : mounts) {
        if (is_below(path, mount.target)
            && (found == nullptr || mount.target.size() >= found->target.size())) {
            found = &mount;
        }
    }
    return found;
}

Error missing(std::string_view path, int number) {
    auto cause = std::string{std::strerror(number)};
    cause[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(cause[0])));
    return {
        number == ENOENT || number == ENOTDIR ? Errc::not_found : Errc::io,
        fmt::format("open {}: {}", path, cause)};
}

Result<Handle>
open_within(const std::string& folder, std::string_view path, std::string_view said) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) { // a file that is a mount by itself
        const int file = ::open(folder.c_str(), O_PATH | O_CLOEXEC | O_NOFOLLOW);
        return file < 0 || !path.empty() ? Result<Handle>{missing(said, file < 0 ? errno : ENOTDIR)}
                                         : Result<Handle>{Handle{file}};
    }
    const Handle root{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (root.number() < 0) {
        return missing(said, errno);
    }
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const auto text = path.empty() ? std::string{"."} : std::string{path};
    const auto opened = ::syscall(SYS_openat2, root.number(), text.c_str(), &how, sizeof how);
    if (opened < 0) {
        return missing(said, errno);
    }
    return Handle{static_cast<int>(opened)};
}

Result<Handle> open_inside(const Filesystem& files, const std::string& path) {
    if (const auto* mount = mount_of(files.mounts, path)) {
        auto rest = std::string_view{path}.substr(mount->target.size());
        while (rest.starts_with('/')) {
            rest.remove_prefix(1);
        }
        return open_within(mount->source, rest, path);
    }
    return files.root.empty() ? Result<Handle>{missing(path, ENOENT)}
                              : open_within(files.root, path, path);
}

Status copy(const Handle& from, const std::string& to, std::string_view said) {
    std::error_code fault;
    fs::create_directories(fs::path{to}.parent_path(), fault);
    struct stat what {};
    if (::fstat(from.number(), &what) != 0) {
        return missing(said, errno);
    }
    if (S_ISREG(what.st_mode)) {
        fs::copy_file(from.path(), to, fault);
    } else if (S_ISDIR(what.st_mode)) {
        fs::copy(
            from.path() + "/.",
            to,
            fs::copy_options::recursive | fs::copy_options::copy_symlinks,
            fault
        );
    } else {
        return Error{Errc::io, fmt::format("{} is neither a file nor a folder", said)};
    }
    return fault ? Status{Error{Errc::io, fmt::format("copying {}: {}", said, fault.message())}}
                 : Status{};
}

} // namespace

bool needs_root(std::span<const Mount> mounts, std::string_view path) {
    return mount_of(mounts, path) == nullptr;
}

Result<std::string>
read_inside(const Filesystem& files, const std::string& path, std::size_t limit) {
    auto handle = open_inside(files, path);
    if (!handle) {
        return handle.error();
    }
    struct stat what {};
    if (::fstat(handle->number(), &what) != 0 || !S_ISREG(what.st_mode)) {
        return Error{Errc::io, fmt::format("read {}: it is not a file", path)};
    }
    const Handle file{::open(handle->path().c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.number() < 0) {
        return missing(path, errno);
    }
    std::string text(limit + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto count = ::read(file.number(), text.data() + size, text.size() - size);
        if (count < 0) {
            return missing(path, errno);
        }
        if (count == 0) {
            break;
        }
        size += static_cast<std::size_t>(count);
    }
    if (size > limit) {
        return Error{
            Errc::limit_exceeded, fmt::format("read {}: it is larger than {} bytes", path, limit)};
    }
    text.resize(size);
    return text;
}

Status copy_out(const Filesystem& files, const std::string& path, const std::string& to) {
    auto handle = open_inside(files, path);
    return handle ? copy(*handle, to, path) : Status{handle.error()};
}

Status copy_stored(const std::string& stored, const std::string& below, const std::string& to) {
    auto handle = open_within(stored, below, below.empty() ? stored : below);
    return handle ? copy(*handle, to, below.empty() ? stored : below) : Status{handle.error()};
}

} // namespace seakeeper::local
